"""What a store is asked: ``Select`` (rows) and ``Aggregate`` (numbers).

A dataset is the name of an event dataset (``flow``) or ``record.<kind>``. A question names a
``Period`` of event time, a ``Window`` of the log, both, or neither (everything kept).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from soc.where import EVERYTHING, Where

Marks = Mapping[str, int]  # origin host -> version of its log, inclusive


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open span of event time: start ≤ ``@timestamp`` < end, both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs aware times")
        if self.end < self.start:
            raise ValueError(f"a period ends before it starts: {self.start} > {self.end}")


@dataclass(frozen=True, slots=True)
class Window:
    """Rows appended after version ``after[origin]``, up to and with ``upto[origin]``.

    An origin that is absent from ``after`` is read from its beginning; one that is absent
    from ``upto`` is not read. The local log has one origin.
    """

    after: Marks
    upto: Marks

    @property
    def is_empty(self) -> bool:
        return all(version <= self.after.get(origin, -1) for origin, version in self.upto.items())


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a column of the result; absent values come last either way."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """Rows of a dataset; columns are dotted names, ``event.id`` and ``soc.version`` among them."""

    dataset: str
    where: Where = EVERYTHING
    columns: tuple[str, ...] | None = None  # None: every column of the dataset
    period: Period | None = None
    window: Window | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    latest_by: str | None = None  # of the rows with one value of this column only the last appended


Function = Literal["count", "sum", "min", "max", "average", "distinct", "percentile"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a group.

    ``count`` counts rows (or non-absent values of ``column``); ``distinct`` and ``percentile``
    are exact unless ``approximate``; ``percentile`` takes ``fraction`` (0 to 1), linear
    interpolation.
    """

    name: str
    function: Function
    column: str | None = None
    fraction: float = 0.5
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """Group by time, result column ``bucket``: bins of ``width_s`` from midnight in ``zone``."""

    width_s: int
    column: str = "@timestamp"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Numbers by group; ``having``, ``order`` and ``limit`` see the result's columns.

    A list column in ``by`` counts a row once for each of its distinct elements. Rows in which
    a ``by`` column is absent form a group of their own (null).
    """

    dataset: str
    measures: tuple[Measure, ...]
    by: tuple[str, ...] = ()
    bucket: Bucket | None = None
    where: Where = EVERYTHING
    period: Period | None = None
    window: Window | None = None
    having: Where = EVERYTHING
    order: tuple[Order, ...] = ()
    limit: int | None = None
    latest_by: str | None = None
