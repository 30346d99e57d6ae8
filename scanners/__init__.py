"""Active measurement inside an authorised scope: one module a kind of scan.

Copy ``scanners/nmap.py`` to write a new one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field

from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from soc.batch import Batch
    from soc.config import Settings
    from soc.context import Context
    from soc.scope import Target


class Scan(Protocol):
    """What ``scanners/<kind>.py`` offers, beside its ``Settings``.

    Those have ``ports``, ``vantage``, ``versions``, ``refresh_days``, ``hours`` and ``limit_s``.
    """

    def scan(
        self,
        targets: Sequence[Target],
        settings: Settings,
        context: Context,
        *,
        source: int,
        run: str,
    ) -> Iterator[Batch]:
        """Batches of dataset ``scan``, as hosts finish, from source ``source`` and run ``run``.

        Targets are permitted by ``soc.scope`` before they come here; nothing else gets a
        packet. A host that was not measured is ``unknown``, never ``down``. Once the record of
        the run is ``stopped``, no further packet is sent.
        """


class ScanParams(Params):
    """Parameters of the job ``scan``."""

    targets: tuple[str, ...] = Field(
        default=(), description="Addresses and networks; none: every registered endpoint in scope"
    )
    kind: str = Field(default="nmap", description="Kind of scan")
    plan: str = Field(default="single", description="Plan that it belongs to: daily, weekly …")
    ports: str = Field(default="", description="Ports instead of those of the settings")


class PlanParams(Params):
    """Parameters of the jobs ``scan daily`` and ``scan monthly``."""

    date: datetime.date | None = Field(default=None, description="Day of the plan; none: today")
    kind: str = Field(default="nmap", description="Kind of scan")
    ports: str = Field(default="", description="Ports instead of those of the settings")


class WeeklyParams(PlanParams):
    """Parameters of the job ``scan weekly``."""

    share: float = Field(
        default=0.15, ge=0.1, le=0.2, description="Share of the other classes that is drawn"
    )


class SampleParams(PlanParams):
    """Parameters of the job ``scan sample``."""

    share: float = Field(
        default=0.05, gt=0, le=0.2, description="Share of the hosts of a unit that is drawn"
    )


class ResumeParams(Params):
    """Parameters of the job ``scan resume``."""

    run: str | None = Field(default=None, description="Run to go on with; none: the last broken")


class ImportParams(Params):
    """Parameters of the job ``import scan``."""

    paths: tuple[Path, ...] = Field(description="nmap XML files that were made elsewhere")


def _import(params: Any, context: Context) -> Outcome:
    from scanners._import import import_all

    return import_all(params.paths, context)


def _scan(params: Any, context: Context) -> Outcome:
    from scanners._run import run

    return run(params, context)


def _daily(params: Any, context: Context) -> Outcome:
    from scanners._standing import daily

    return daily(params, context)


def _weekly(params: Any, context: Context) -> Outcome:
    from scanners._standing import weekly

    return weekly(params, context)


def _monthly(params: Any, context: Context) -> Outcome:
    from scanners._standing import monthly

    return monthly(params, context)


def _sample(params: Any, context: Context) -> Outcome:
    from scanners._standing import every_port

    return every_port(params, context)


def _resume(params: Any, context: Context) -> Outcome:
    from scanners._standing import resume

    return resume(params, context)


JOBS = (
    Job("scan sample", _sample, SampleParams, lock="scan"),
    Job("scan resume", _resume, ResumeParams, lock="scan"),
    Job(
        "scan",
        _scan,
        ScanParams,
        lock="scan",
    ),
    Job(
        "scan daily",
        _daily,
        PlanParams,
        lock="scan",
    ),
    Job(
        "scan weekly",
        _weekly,
        WeeklyParams,
        lock="scan",
    ),
    Job(
        "scan monthly",
        _monthly,
        PlanParams,
        lock="scan",
    ),
    Job(
        "import scan",
        _import,
        ImportParams,
        lock="scan",
    ),
)
