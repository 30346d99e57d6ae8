"""What people read: one module a report, one module in ``formats`` an output format.

Copy ``reports/daily.py`` to write a new report: its name becomes the job ``report <name>`` and
the command ``soc report <name>``. A report on one drill is ``reports/drill.py``.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import Field

from soc import plugins
from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from reports._model import Report
    from soc.context import Context
    from soc.query import Period

Span = Literal["day", "week", "month", "drill"]


class Builder(Protocol):
    """What ``reports/<name>.py`` offers; one whose span is a drill: ``DrillBuilder``."""

    SPAN: Span  # of the site's calendar that one issue covers

    def build(
        self, period: Period, as_of: dt.datetime, context: Context, origins: tuple[str, ...]
    ) -> Report:
        """The report of a period from what was stored up to ``as_of``: same input, same report."""


class DrillBuilder(Protocol):
    """What a report on one drill offers: its period is the drill's."""

    SPAN: Span

    def build(
        self,
        period: Period,
        as_of: dt.datetime,
        context: Context,
        origins: tuple[str, ...],
        drill: str,
    ) -> Report:
        """The report of the drill of that id: same input, same report."""


class ReportParams(Params):
    """Parameters of the job ``report <name>``."""

    date: dt.date | None = Field(
        default=None, description="A day of the period; none: of the last one that is over"
    )
    drill: str | None = Field(default=None, description="Id, number or name of a drill")
    unit: str | None = Field(default=None, description="Unit that gets a copy of its own")
    out: Path | None = Field(default=None, description="Folder; none: reports under SOC_HOME")
    formats: tuple[str, ...] = Field(default=("html", "pdf"), description="Output formats")
    origins: tuple[str, ...] = Field(
        default=("live", "imported"), description="Origins that count; a demonstration: simulated"
    )


def _made(params: Any, context: Context, name: str) -> Outcome:
    from reports._run import run

    return run(name, params, context)


def jobs() -> tuple[Job, ...]:
    """One job a report."""
    return tuple(
        Job(f"report {name}", partial(_made, name=name), ReportParams, lock=f"report {name}")
        for name in plugins.names("reports")
    )


JOBS = jobs()
