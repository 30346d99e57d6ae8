"""What writes a report: sentences with numbers in them, and the closing table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports._model import Column, Notice, Paragraph, Section, Table
from soc.metrics import COUNTED, Number, breakdown, name, number, rule, spoken
from soc.metrics._shown import UNKNOWN
from soc.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from reports._model import Report, Sort
    from soc.metrics import Question
    from soc.query import Marks
    from soc.text import Language


class Members(dict[str, Number]):
    """A breakdown by member, largest first; a member that it lacks is nought."""

    def __init__(self, whole: Number, parts: Iterable[Number]) -> None:
        super().__init__({each.member or "": each for each in parts})
        self._whole = whole

    def __missing__(self, member: str) -> Number:
        return replace(self._whole, value=0, member=member)


class Writer:
    """Asks for numbers, remembers them for the closing table, and fills them into sentences."""

    def __init__(self, asked: Question, language: Language, subject: str) -> None:
        self.asked = asked
        self.language = language
        self.subject = subject  # the catalogue's table of this report: ``daily``
        self.numbers: dict[str, Number] = {}

    def number(self, metric_id: str) -> Number:
        """The number of a metric, asked once; it enters the closing table."""
        if metric_id not in self.numbers:
            self.numbers[metric_id] = number(metric_id, self.asked)
        return self.numbers[metric_id]

    def members(self, metric_id: str, by: str) -> Members:
        """The number of a metric by source, unit, hour …"""
        return Members(self.number(metric_id), breakdown(metric_id, by, self.asked))

    def words(self, key: str, **values: object) -> str:
        """A text of this report; numbers among the values are spoken with their unit."""
        filled = {
            place: spoken(value, self.language) if isinstance(value, Number) else value
            for place, value in values.items()
        }
        return text(f"report.{self.subject}.{key}", self.language, **filled)

    def say(self, key: str, kind: Sort = "text", **values: object) -> Paragraph:
        """A sentence of this report with the numbers that it quotes."""
        quoted = tuple(value for value in values.values() if isinstance(value, Number))
        return Paragraph(self.words(key, **values), quoted, kind)

    def warn(self, key: str, **values: object) -> Notice:
        """A box that must be read."""
        return Notice(self.words(key, **values), "warning")


def closing(
    numbers: Iterable[Number],
    day: date | str,
    title: str,
    language: Language,
    options: str = "",
) -> Section:
    """数据说明: how each number is counted, how complete its sources are, how to find it again.

    ``day`` may be the number of a drill instead.
    """

    def word(key: str) -> str:
        return text(f"report.closing.{key}", language)

    widths = {"metric": 16, "id": 19, "value": 10, "rule": 38, "coverage": 8, "watermark": 9}
    columns = tuple(
        Column(word(key), "right" if key in ("value", "coverage") else "left", width)
        for key, width in widths.items()
    )
    rows = tuple(
        (
            name(each.metric, language),
            each.metric,
            each,
            rule(each.metric, language),
            share(each.coverage),
            marks(each.watermark),
        )
        for each in numbers
    )
    command = text("report.closing.command", language, options=f"{_of(day)}{options}")
    table = Table(command, columns, rows, note=word("note"), is_small=True)
    return Section(title, (Paragraph(word("intro")), table))


def _of(day: date | str) -> str:
    return f"--drill {day}" if isinstance(day, str) else f"--date {day}"


def reclosed(report: Report, day: date, origins: tuple[str, ...]) -> Report:
    """The report with the closing table of its numbers as they stand now."""
    options = "".join(f" --origin {origin}" for origin in origins if origins != COUNTED)
    options += f" --as-of {report.as_of.isoformat()}"
    about = report.subject or day
    section = closing(report.numbers, about, report.closing.title, report.language, options)
    return replace(report, closing=section)


def changed_table(pairs: Iterable[tuple[Number, Number]], language: Language) -> Table:
    """Numbers that differ from the edition before: (now, before)."""

    def word(key: str) -> str:
        return text(f"report.editions.{key}", language)

    columns = (
        Column(word("metric"), width=50),
        Column(word("before"), "right", 25),
        Column(word("now"), "right", 25),
    )
    rows = tuple((name(now.metric, language), before, now) for now, before in pairs)
    return Table(word("title"), columns, rows)


def share(value: float | None) -> str:
    """A share as per cent; a dash where there is none."""
    return UNKNOWN if value is None else f"{100 * value:.1f}%"


def marks(watermark: Mapping[str, Marks]) -> str:
    """How far each dataset was read: ``alert 12, firewall 3``; a dash for a register."""
    if not watermark:
        return UNKNOWN
    return ", ".join(
        f"{dataset} {'/'.join(str(version) for version in versions.values()) or '0'}"
        for dataset, versions in sorted(watermark.items())
    )
