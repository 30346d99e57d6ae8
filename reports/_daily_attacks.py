"""Part 2 of the daily: attacks by hour, where they came from, whom they hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports._literal import literal
from reports._model import Chart, Column, Section, Series, Table
from soc.net import Lookup, address, network
from soc.text import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports._build import Writer
    from reports._model import Block, Cell
    from soc.metrics import Number

TOP = 10
_METRICS = ("attacks_blocked", "attacks_passed")


def attacks(writer: Writer) -> Section:
    """Sentence, columns by hour, and the two lists; a day without attacks says so."""
    blocked, passed = (writer.number(metric_id) for metric_id in _METRICS)
    title = writer.words("s2")
    if not blocked.value and not passed.value:
        is_unknown = blocked.value is None and passed.value is None
        return Section(title, (writer.say("attacks_unknown" if is_unknown else "attacks_none"),))
    said = writer.say(
        "attacks", blocked=blocked, passed=passed, sources=writer.number("attack_sources")
    )
    hours, peak = _hours(writer)
    return Section(title, (said, *peak, hours, _sources(writer), _units(writer)))


def _hours(writer: Writer) -> tuple[Chart, tuple[Block, ...]]:
    """The chart of the day's hours, and the sentence on its peak."""
    hours = tuple(f"{hour:02}" for hour in range(24))
    found = [writer.members(metric_id, "hour") for metric_id in _METRICS]
    series = tuple(
        Series(writer.words(name), tuple(numbers[hour] for hour in hours))
        for name, numbers in zip(("blocked", "passed"), found, strict=True)
    )
    chart = Chart("columns", writer.words("hours"), hours, series, writer.words("hours_unit"))
    if not found[0]:
        return chart, ()
    most = next(iter(found[0].values()))  # a breakdown begins with the largest
    hour = int(most.member or 0)
    return chart, (writer.say("peak", hour=hour, next=hour + 1, count=most),)


def _ranked(writer: Writer, by: str) -> list[tuple[str, Number, Number]]:
    """Members with both numbers, by their sum, then by name."""
    blocked, passed = (writer.members(metric_id, by) for metric_id in _METRICS)
    rows = [(member, blocked[member], passed[member]) for member in {*blocked, *passed}]
    return sorted(rows, key=lambda row: (-(row[1].value or 0) - (row[2].value or 0), row[0]))


def _sources(writer: Writer) -> Table:
    ranked, standing = _ranked(writer, "source"), _standing(writer)
    columns = (
        Column(writer.words("rank"), "center", 8),
        Column(writer.words("source"), width=42),
        Column(writer.words("blocked"), "right", 14),
        Column(writer.words("passed"), "right", 14),
        Column(writer.words("standing"), "center", 22),
    )
    rows: Iterator[tuple[Cell, ...]] = (
        (str(place), literal(member) or "—", blocked, passed, _state(writer, standing, member))
        for place, (member, blocked, passed) in enumerate(ranked[:TOP], start=1)
    )
    title = writer.words("top_sources")
    return Table(title, columns, tuple(rows), note=_note(writer, len(ranked)))


def _standing(writer: Writer) -> Lookup[str]:
    """State of the block that covers an address."""
    from soc.metrics.blocks import blocks

    return Lookup((network(block.prefix), block.state) for block in blocks(writer.asked))


def _state(writer: Writer, standing: Lookup[str], source: str) -> str:
    state = standing.get(address(source)) if source else None
    if state is None:
        return writer.words("not_blocked")
    return label(f"report.block_state.{state}", writer.language)


def _units(writer: Writer) -> Table:
    ranked = _ranked(writer, "unit")
    columns = (
        Column(writer.words("rank"), "center", 8),
        Column(writer.words("unit"), width=64),
        Column(writer.words("blocked"), "right", 14),
        Column(writer.words("passed"), "right", 14),
    )
    rows: Iterator[tuple[Cell, ...]] = (
        (str(place), unit_name(writer, member), blocked, passed)
        for place, (member, blocked, passed) in enumerate(ranked[:TOP], start=1)
    )
    return Table(writer.words("top_units"), columns, tuple(rows), note=_note(writer, len(ranked)))


def unit_name(writer: Writer, unit: str) -> str:
    """Name of a unit by its id; an address without one is said to be not in the ledger."""
    if not unit:
        return writer.words("no_unit")
    asked = writer.asked
    found = asked.context.store.records.get("unit", unit, at=asked.as_of)
    return literal(str(getattr(found, "name", unit)))


def _note(writer: Writer, count: int) -> str:
    return writer.words("top_note", count=count) if count > TOP else ""
