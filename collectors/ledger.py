"""Asset ledgers: CSV, XLSX, XLS and ODS to records of units, contacts, systems and assets.

Identity: a unit by credit code or name, a system by unit and name, an asset by unit, zone and
one of its addresses. So the same file again changes nothing. What a row leaves blank stays as
it was; what a ledger no longer lists is never deleted. A row marked 涉密, or of 电子政务内网,
is refused, and nothing but its number is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from collectors import FileSettings, Position
from collectors._ledger_headers import columns
from collectors._ledger_import import begun, planned
from soc.batch import Batch, Refusal, Tally
from soc.context import Context
from soc.errors import InputError
from soc.store import Change

_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et", ".ods")
_LOOK_LINES = 40


class Settings(FileSettings):
    """``[collectors.<name>]`` with ``type = "ledger"``."""

    unit: str | None = Field(default=None, description="Unit of rows that name none")


def recognise(head: bytes, name: str) -> bool:
    """True for a workbook, and for text with a heading row of a ledger among its first lines."""
    if head.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        return name.lower().endswith(_SUFFIXES)
    text = _text(head)
    lines = text.splitlines()[:_LOOK_LINES]
    return any(_is_heading(line) for line in lines)


def _text(head: bytes) -> str:
    """The beginning of a file as text; a character that is cut off at its end is left out."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    try:
        return head[:-4].decode("utf-8-sig") if len(head) >= 65_536 else head.decode("utf-8-sig")
    except UnicodeDecodeError:
        return head.decode("gb18030", "ignore")


def _is_heading(line: str) -> bool:
    delimiter = max(",\t;", key=line.count)
    cells = [cell.strip('" ') for cell in line.split(delimiter)]
    return bool(columns(cells))


def collect(
    settings: FileSettings, context: Context, position: Position
) -> Iterator[Batch | Change]:
    """The changes that make the records say what the files say, all rows together.

    Raises:
        InputError: a file cannot be read, is over a limit, or has no heading row.
    """
    settings = Settings.model_validate(settings.model_dump())
    plan = planned(settings, context, settings.unit)
    if plan.unread:
        raise InputError(plan.unread[0])
    changes = begun(plan, settings.origin, context)[1]
    lines = [refused.told for refused in plan.refused[:20]]
    refusals = tuple(Refusal(line.place, line.value, line.remedy) for line in lines)
    yield Batch(0, "other", None, Tally(records=plan.rows, refused=len(plan.refused)), refusals)
    yield from changes
