"""报告: one edition of a report, with everything that its numbers rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from soc.records import Record, make_id

ReportValue = int | float | str | None


@dataclass(frozen=True, kw_only=True)
class Report(Record):
    kind: ClassVar[str] = "report"
    states: ClassVar[tuple[str, ...]] = ("built", "issued", "superseded", "withdrawn")
    transitions: ClassVar[dict[str, tuple[str, ...]]] = {
        "built": ("issued", "superseded", "withdrawn"),
        "issued": ("superseded", "withdrawn"),
        "superseded": (),
        "withdrawn": (),
    }
    indexed: ClassVar[tuple[str, ...]] = ("name", "unit", "state")

    name: str  # plug-in: daily, weekly …
    title: str | None = None
    language: str = "zh"
    unit: str | None = None  # of a copy for one unit
    subject: str | None = None  # id of the drill that it is on
    start: datetime  # period
    end: datetime
    edition: int = 1  # 第 n 版
    as_of: datetime  # 数据截至
    values: Mapping[str, ReportValue] = field(default_factory=dict)  # metric (and key) -> value
    changed: tuple[str, ...] = ()  # metrics whose value differs from the edition before
    watermarks: Mapping[str, Mapping[str, int]] = field(
        default_factory=dict
    )  # dataset -> origin -> version
    coverage: Mapping[str, float] = field(default_factory=dict)  # metric or source -> 0 to 1
    files: Mapping[str, str] = field(default_factory=dict)  # file name -> sha256
    content: str | None = None  # sha256 of what it says; edition and data position left out

    @staticmethod
    def key(site_code: str, name: str, start: datetime, unit: str | None, edition: int) -> str:
        """Id of one edition of a report on the period that begins at ``start``."""
        return make_id(site_code, "report", name, start.isoformat(), unit, edition)


KIND = Report
