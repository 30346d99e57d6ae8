"""Jobs: work that a family offers by name, to the scheduler, cron, playbooks, demo and people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from soc.context import Context

Result = Literal["done", "partial", "failed", "skipped"]


class Params(BaseModel):
    """Parameters of a job; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did."""

    result: Result = "done"
    counts: Mapping[str, int] = field(default_factory=dict)
    coverage: float | None = None  # of its sources, 0 to 1; None: says nothing about coverage
    errors: tuple[str, ...] = ()
    value: Mapping[str, Any] = field(default_factory=dict)  # what the command prints with --json


@dataclass(frozen=True, slots=True)
class Job:
    """A job; ``lock`` names the lease that keeps two runs apart, ``needs`` the jobs before it."""

    name: str
    run: Callable[[Any, Context], Outcome]
    params: type[Params] = Params
    lock: str | None = None
    needs: tuple[str, ...] = ()
    lease_s: float = 300.0


class Runner(Protocol):
    """Runs jobs by name, in the caller's process."""

    def run(
        self,
        name: str,
        params: Mapping[str, Any],
        context: Context,
        *,
        unless_since: datetime | None = None,
    ) -> Outcome:
        """Hold the job's lease, run it, and leave a ``run`` record with times and outcome.

        Where a run began at or after ``unless_since`` nothing is done: ``skipped``.

        Raises:
            ConfigError: no such job, or parameters that it does not take.
            Conflict: another run of it holds the lease.
        """

    def names(self) -> list[str]:
        """Names of all jobs, sorted."""
