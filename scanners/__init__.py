"""Active measurement inside an authorised scope: one module a kind of scan.

Copy ``scanners/nmap.py`` to write a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field

from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from soc.batch import Batch
    from soc.config import Settings
    from soc.context import Context
    from soc.scope import Target


class Scan(Protocol):
    """What ``scanners/<kind>.py`` offers, beside its ``Settings`` (with ``ports``, ``vantage``)."""

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
        packet. A host that was not measured is ``unknown``, never ``down``.
        """


class ScanParams(Params):
    """Parameters of the job ``scan``."""

    targets: tuple[str, ...] = Field(
        default=(), description="Addresses and networks; none: every registered endpoint in scope"
    )
    kind: str = Field(default="nmap", description="Kind of scan")
    plan: str = Field(default="single", description="Plan that it belongs to: daily, weekly …")
    ports: str = Field(default="", description="Ports instead of those of the settings")


def _scan(params: Any, context: Context) -> Outcome:
    from scanners._run import run

    return run(params, context)


JOBS = (Job("scan", _scan, ScanParams, lock="scan", lease_s=7_200),)
