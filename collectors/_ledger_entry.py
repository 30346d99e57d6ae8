"""One row of a ledger, understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from collectors._ledger_address import Place, places
from collectors._ledger_dates import day
from collectors._ledger_mlps import Grade, grade
from collectors._ledger_ports import Port, ports, transport
from collectors._ledger_problem import Problem
from collectors._ledger_table import Row
from collectors._ledger_text import Cell, has_lost_digits, is_blank, plain, shown, spelled, truth

T = TypeVar("T")

ENDPOINT_LIMIT = 1_024  # of one row
_MAC = re.compile(r"^[0-9a-fA-F]{12}$")
_FIRST_YEAR = 1995
_PAST = frozenset({"mlps_graded_on", "mlps_assessed_on", "online_on", "maintained_on"})
_DAYS = (*_PAST, "retire_on", "contract_end")
_ADDRESSES = (
    ("address", None),
    ("address6", None),
    ("address_outside", "nat"),
    ("address_virtual", "virtual"),
    ("domain", None),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """An endpoint as the row says it."""

    address: str | None
    role: str | None
    port: int | None
    protocol: str | None
    domain: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says; text is as written, but for white space at its ends."""

    number: int
    texts: Mapping[str, str]  # by field, blank ones left out
    days: Mapping[str, date]
    spots: tuple[Spot, ...]
    domains: tuple[str, ...]
    mac: str | None = None
    grade: Grade = field(default=Grade())
    is_exposed: bool | None = None
    notes: tuple[str, ...] = field(default=())  # what was read otherwise than written, or left out

    def text(self, name: str) -> str | None:
        """What stands in a field; None where it is blank."""
        return self.texts.get(name)

    def truth(self, name: str) -> bool | None:
        """Yes or no in a field; None where it says neither."""
        return truth(self.texts[name]) if name in self.texts else None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not taken, with the column that is why."""

    row: Row
    column: str | None
    value: str
    code: str
    facts: dict[str, object]


def understood(row: Row, today: date) -> Entry:
    """The row's meaning.

    Raises:
        RejectedRow: a cell that names the asset cannot be read.
    """
    for name in row.unsaved:
        raise RejectedRow(row, name, "formula", "formula")
    for name, cell in row.cells.items():
        if cell.__class__ is not str and has_lost_digits(cell):
            raise RejectedRow(row, name, spelled(cell), "lost_digits")
    notes: list[str] = []
    found, domains, is_exposed = _places(row, notes)
    spots = _spots(row, found)
    texts = {name: text for name, text in row.texts.items() if not is_blank(text)}
    return Entry(
        number=row.number,
        texts=texts,
        days=_days(row, today, notes),
        spots=spots,
        domains=domains,
        mac=_mac(texts.get("mac"), notes),
        grade=grade(row.texts.get("mlps_level", ""), row.texts.get("mlps_filing_no", ""), notes),
        is_exposed=is_exposed,
        notes=tuple(notes),
    )


class RejectedRow(Exception):  # noqa: N818 - told in the result, not raised to the caller
    """A row that is not taken."""

    def __init__(
        self, row: Row, column: str | None, value: str, code: str, **facts: object
    ) -> None:
        super().__init__(code)
        self.rejected = Rejected(row, column, shown(value), code, facts)


def _read(row: Row, name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except Problem as problem:
        raise RejectedRow(row, name, problem.value, problem.code, **problem.facts) from problem


def _places(row: Row, notes: list[str]) -> tuple[list[Place], tuple[str, ...], bool | None]:
    """Addresses and names of the row, its names, and whether it can be reached from outside."""
    found: list[Place] = []
    for name, role in _ADDRESSES:
        if name in row.texts:
            _refuse_number(row, name, row.cells.get(name))
            found += _read(row, name, partial(places, row.texts[name], role))
    exposure = row.texts.get("exposure", "")
    is_exposed = truth(exposure)
    if is_exposed is None and not is_blank(exposure):
        found += _outside(row, exposure, notes)
        is_exposed = any(place.role == "nat" for place in found) or None
    notes += [place.note for place in found if place.note]
    domains = tuple(dict.fromkeys(place.domain for place in found if place.domain))
    return found, domains, is_exposed


def _outside(row: Row, text: str, notes: list[str]) -> list[Place]:
    """The addresses in a cell 互联网暴露, which may as well hold free text."""
    bare = plain(text)
    bare = bare[1:].lstrip(",:;(").rstrip(")") if bare[:1] in ("是", "有") else bare
    try:
        return places(bare, "nat")
    except Problem:
        notes.append(f"exposure {shown(text)!r}: no address in it; left out")
        return []


def _refuse_number(row: Row, name: str, cell: Cell) -> None:
    """An address that a spreadsheet took for a number has lost its spelling."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise RejectedRow(row, name, spelled(cell), "number")


def _spots(row: Row, found: list[Place]) -> tuple[Spot, ...]:
    """Endpoints: each address with its own port, else with each port of the row."""
    listed = _read(row, "port", partial(ports, row.texts.get("port", "")))
    over = transport(row.texts.get("protocol", ""))
    names = {place.domain for place in found if place.domain}
    name = names.pop() if len(names) == 1 else None
    addressed = [place for place in found if place.address]
    wanted = addressed or [place for place in found if place.domain]
    spots: dict[Spot, None] = {}
    for place in wanted:
        own = [Port(place.port)] if place.port else listed
        for port in own or (None,):
            spots[_spot(place, port, over, place.domain or name)] = None
        if len(spots) > ENDPOINT_LIMIT:
            raise RejectedRow(row, "port", f"over {ENDPOINT_LIMIT}", "too_many")
    return tuple(spots)


def _spot(place: Place, port: Port | None, over: str | None, domain: str | None) -> Spot:
    if port is None:
        return Spot(place.address, place.role, None, over, domain)
    return Spot(place.address, place.role, port.number, port.protocol or over or "tcp", domain)


def _days(row: Row, today: date, notes: list[str]) -> dict[str, date]:
    """The days of the row; one that cannot be read or is not likely is noted and left out."""
    found: dict[str, date] = {}
    for name in _DAYS:
        cell = row.cells.get(name)
        if cell is None:
            continue
        try:
            told = day(cell)
        except Problem as problem:
            notes.append(f"{name} {shown(problem.value)!r}: {problem.remedy}; left out")
            continue
        if told is None:
            continue
        if told.day.year < _FIRST_YEAR or (name in _PAST and told.day > today):
            notes.append(f"{name} {told.day}: is it right? left out")
            continue
        if not told.is_exact:
            notes.append(f"{name} {shown(spelled(cell))}: taken as {told.day}")
        found[name] = told.day
    return found


def _mac(text: str | None, notes: list[str]) -> str | None:
    digits = re.sub(r"[-:.\s]", "", plain(text or ""))
    if not text or _MAC.match(digits):
        pairs = [digits[at : at + 2].upper() for at in range(0, len(digits), 2)]
        return "-".join(pairs) or None
    notes.append(f"mac {shown(text)!r}: write AA-BB-CC-DD-EE-FF; left out")
    return None
