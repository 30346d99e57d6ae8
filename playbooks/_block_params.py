"""Parameters of the jobs of blocking; cheap to import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field

from soc.jobs import Params

Severity = Literal["informational", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("informational", "low", "medium", "high", "critical")


class ProposeParams(Params):
    """Which alerts lead to proposals; none named: every open one that is severe enough."""

    alerts: tuple[str, ...] = Field(default=(), description="Ids of alerts")
    networks: tuple[str, ...] = Field(
        default=(), description="Networks to propose instead of the attackers of these alerts"
    )
    category: str | None = Field(default=None, description="Only alerts of this class")
    min_severity: Severity | None = Field(default=None, description="Least severity")
    days: int | None = Field(default=None, ge=1, le=365, description="Days that it stands")


class ExportParams(Params):
    """What is written, and where to."""

    formats: tuple[str, ...] = Field(default=(), description="Formats; none: those of the settings")
    out: Path | None = Field(default=None, description="Folder of the files")
    as_of: AwareDatetime | None = Field(default=None, description="Time of validity; default now")
    allow_shrink: bool = Field(default=False, description="Publish a list that lost many entries")
    allow_growth: bool = Field(
        default=False, description="Publish a list that grew much, beyond the caps (console only)"
    )


class RollbackParams(Params):
    """Which earlier list is published again."""

    version: int | None = Field(default=None, description="Its number; none: the one before")
    reason: str = Field(min_length=1, description="Why")
    formats: tuple[str, ...] = Field(default=(), description="Formats; none: those of the settings")
    out: Path | None = Field(default=None, description="Folder of the files")
