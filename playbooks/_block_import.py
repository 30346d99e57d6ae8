"""What was typed into firewalls by hand, read from a file that the device wrote."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from playbooks._block_audit import audited
from playbooks._block_settings import Settings
from soc.errors import InputError
from soc.net import Network, address, network, span
from soc.records import make_id
from soc.records._parts import Span
from soc.records.block import Block, BlockTarget, Guard, Misblock
from soc.store import Change
from soc.text import text

if TYPE_CHECKING:
    from soc.context import Context
    from soc.scope import Removal

MOST_BYTES = 64 * 1024 * 1024
_LIVE = ("exported", "active")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that names no network."""

    line: int
    value: str
    remedy: str


def read(content: str) -> tuple[list[Network], list[Refused]]:
    """Networks of a list or a CSV: the first cell of each line that is one; and what is none.

    ``#`` and ``;`` begin a comment; ``A-B`` is a range; a first line without any is a header.
    """
    found: dict[Network, None] = {}
    refused: list[Refused] = []
    for number, cells in _rows(content):
        read = [each for cell in cells if (each := _networks(cell))]
        if read:
            found |= dict.fromkeys(read[0])
        elif number > 1:
            refused.append(Refused(number, ",".join(cells)[:80], _remedy(cells[0])))
    return list(found), refused


def _rows(content: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(content.removeprefix("\ufeff").splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if said and not said.startswith(";"):
            cells = next(csv.reader([said]), [])
            yield number, [cell.strip() for cell in cells] or [said]


def _networks(cell: str) -> list[Network]:
    try:
        first, dash, last = cell.partition("-")
        if not dash:
            return [network(cell)]
        low, high = address(first.strip()), address(last.strip())
    except InputError:
        return []
    is_range = low.family == high.family and low.first <= high.first
    return span(low.family, low.first, high.first) if is_range else []


def _remedy(cell: str) -> str:
    try:
        network(cell)
    except InputError as error:
        return str(error).rpartition(": ")[2]
    return "write one address, prefix or range a line"


def import_blocks(
    context: Context, path: Path, device: str, days: int | None = None
) -> dict[str, Any]:
    """Block records of what a device keeps out, in force there and on no list of ours.

    A network that must never be blocked is kept as it is and told as a wrong block.

    Raises:
        ScopeError: the actor may not block.
        InputError: the file cannot be read.
    """
    with audited(context, (str(path), device), "import"):
        context.actor.require("block")
    networks, refused = read(_content(path))
    judged = context.scope.blockable(networks)
    removed: dict[Network, list[Removal]] = {}
    for removal in judged.removed:
        removed.setdefault(removal.network, []).append(removal)
    drafts = [_draft(context, each, device, days, removed.get(each, [])) for each in networks]
    stored = {d.id: cast("Block | None", context.store.records.get("block", d.id)) for d in drafts}
    new = [draft for draft in drafts if stored[draft.id] is None]
    context.store.records.apply(
        Change(make_id(context.config.site.code, "change", draft.id, "import"), draft, 0)
        for draft in new
    )
    known = [before for before in stored.values() if before is not None]
    return {
        "file": str(path),
        "device": device,
        "networks": len(networks),
        "imported": len(new),
        "known": sum(before.state in _LIVE for before in known),
        "stale": [before.prefix for before in known if before.state not in _LIVE],
        "warnings": [
            {"network": str(r.network), "guard": r.guard, "overlap": str(r.overlap)}
            for r in judged.removed
        ],
        "errors": [{"line": r.line, "value": r.value, "remedy": r.remedy} for r in refused],
    }


def _content(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name another file") from error
    if len(data) > MOST_BYTES:
        raise InputError(f"{path}: is larger than {MOST_BYTES >> 20} MiB; split it")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path}: is neither UTF-8 nor GB 18030; save it as UTF-8")


def _draft(
    context: Context, found: Network, device: str, days: int | None, removed: list[Removal]
) -> Block:
    now, settings = context.clock.now(), context.config.plugin("playbooks.block", Settings)
    prefix = str(found)
    made = Block(
        id=Block.key(context.config.site.code, prefix, settings.direction, device),
        state="active",
        origin="imported",
        entered="imported",
        at=now,
        author=context.actor.author(),
        prefix=prefix,
        direction=settings.direction,
        scope=device,
        periods=(Span(start=now),),
        proposed_by=context.actor.login,
        targets=(BlockTarget(device=device, confirmed_at=now),),
        effective_at=now,
        expires_at=now + timedelta(days=days) if days else None,
        guard_hits=tuple(Guard(guard=r.guard, overlap=str(r.overlap)) for r in removed),
    )
    return replace(made, misblock=_misblock(context, removed)) if removed else made


def _misblock(context: Context, removed: list[Removal]) -> Misblock:
    from soc.scope import guard_label

    spoken = context.config.site.language
    named = {guard_label(removal.guard, spoken) for removal in removed}
    cause = text("block.guarded", spoken, guards=", ".join(sorted(named)))
    login = context.actor.login
    return Misblock(reported_at=context.clock.now(), reported_by=login, cause=cause)
