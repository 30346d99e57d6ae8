"""What writes a report: sentences with numbers in them, and the closing table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reports._model import Column, Notice, Paragraph, Section, Table
from soc.metrics import Number, name, number, rule, spoken
from soc.metrics._shown import UNKNOWN
from soc.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from soc.metrics import Question
    from soc.query import Marks
    from soc.text import Language


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

    def words(self, key: str, **values: object) -> str:
        """A text of this report; numbers among the values are spoken with their unit."""
        filled = {
            place: spoken(value, self.language) if isinstance(value, Number) else value
            for place, value in values.items()
        }
        return text(f"report.{self.subject}.{key}", self.language, **filled)

    def say(
        self, key: str, kind: Literal["text", "point", "remark"] = "text", **values: object
    ) -> Paragraph:
        """A sentence of this report with the numbers that it quotes."""
        quoted = tuple(value for value in values.values() if isinstance(value, Number))
        return Paragraph(self.words(key, **values), quoted, kind)

    def warn(self, key: str, **values: object) -> Notice:
        """A box that must be read."""
        return Notice(self.words(key, **values), "warning")


def closing(numbers: Iterable[Number], day: date, title: str, language: Language) -> Section:
    """数据说明: how each number is counted, how complete its sources are, how to find it again."""

    def word(key: str) -> str:
        return text(f"report.closing.{key}", language)

    columns = (
        Column(word("metric"), width=17),
        Column(word("value"), "right", width=10),
        Column(word("rule"), width=34),
        Column(word("coverage"), "right", width=8),
        Column(word("watermark"), width=12),
        Column(word("command"), width=19),
    )
    rows = tuple(
        (
            f"{name(each.metric, language)} {each.metric}",
            each,
            rule(each.metric, language),
            share(each.coverage),
            marks(each.watermark),
            f"soc report number {each.metric} --date {day.isoformat()}",
        )
        for each in numbers
    )
    table = Table("", columns, rows, note=word("note"), is_small=True)
    return Section(title, (Paragraph(word("intro")), table))


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
