"""What a report is made of: plain values that every output format can render."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from soc.metrics import Number
from soc.query import Period
from soc.text import Language

TABLE_ROWS = 300  # longer lists are files, not tables of a document

Cell = str | Number
Trend = Literal["good", "bad", "flat", "unknown"]
Sort = Literal["text", "lead", "point", "remark"]  # of a paragraph; a lead opens a list
Grade = Literal["excellent", "good", "fair", "poor", "unknown"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; ``numbers`` are those that the text quotes, as they are shown."""

    text: str
    numbers: tuple[Number, ...] = ()
    kind: Sort = "text"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion of page 1: a grade by a written rule, and one sentence."""

    grade: Grade
    label: str
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One card: name, number, and how it compares with the period before."""

    name: str
    number: Number
    comparison: str = ""
    arrow: Literal["▲", "▼", "–", ""] = ""  # up, down, level: readable without colour
    trend: Trend = "unknown"


@dataclass(frozen=True, slots=True)
class Figures:
    """Cards side by side."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``width`` is its share of the page's width, per cent."""

    title: str
    align: Literal["left", "right", "center"] = "left"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; an empty one says so."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""  # printed instead of rows
    note: str = ""
    is_small: bool = False

    def __post_init__(self) -> None:
        if len(self.rows) > TABLE_ROWS:
            raise ValueError(f"table {self.title!r}: {len(self.rows)} rows; {TABLE_ROWS} at most")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.title!r}: a row has not {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: a number for each category."""

    name: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be drawn, not how: ``columns`` stack over time, ``bars`` lie side by side."""

    kind: Literal["columns", "bars"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        if any(len(each.numbers) != len(self.categories) for each in self.series):
            raise ValueError(f"chart {self.title!r}: a series has not one number a category")


@dataclass(frozen=True, slots=True)
class Notice:
    """A box that must be read."""

    text: str
    level: Literal["info", "warning"] = "info"


Block = Paragraph | Verdict | Figures | Table | Chart | Notice


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the document."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A number that differs from the edition before."""

    number: Number
    before: Number


@dataclass(frozen=True, slots=True)
class Report:
    """A document: who, which period, what was known when, and its sections.

    ``numbers`` are all that it prints and that the closing section explains; equal content
    built again is an equal value.
    """

    name: str  # daily
    title: str
    site: str
    language: Language
    time_zone: str  # in which its times are printed
    period: Period
    as_of: datetime
    issue: str  # 2026年第77期
    subtitle: str  # the day, week or month in words
    sections: tuple[Section, ...]
    closing: Section
    numbers: tuple[Number, ...]
    edition: int = 1
    handling: str = ""  # 敏感标识
    footer: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = field(default=())  # above everything else
    copy: str = ""  # whose copy it is, and its number: stands across every page
    subject: str | None = None  # id of the drill that it is on
    unit: str | None = None  # id of the unit that it is a copy for

    def issued(self, as_of: datetime, edition: int) -> Report:
        """The same content as another edition."""
        return replace(self, as_of=as_of, edition=edition)
