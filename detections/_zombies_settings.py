"""``[detections.zombies]``: thresholds of the verdicts; what a site calibrates."""

from __future__ import annotations

from pydantic import Field

from soc.config import Settings

RULE_SET = "zombies"
RULE_VERSION = "2"  # raised whenever the same facts come to another verdict


class ZombieSettings(Settings):
    """``[detections.zombies]``."""

    window_days: int = Field(default=90, ge=7, description="Observed days that count")
    reach_days: int = Field(default=180, ge=7, description="Calendar days they may reach back")
    day_coverage: float = Field(
        default=0.8, gt=0, le=1, description="Share of a day that makes it observed"
    )
    least_coverage: float = Field(
        default=0.8, gt=0, le=1, description="Share of observed days below which use is unknown"
    )
    least_scans: int = Field(
        default=3, ge=1, description="Valid scans below which the network side is unknown"
    )
    scans: int = Field(default=8, ge=3, description="Latest scans that are looked at")
    scan_days: int = Field(default=90, ge=7, description="Days within which they lie")
    zombie_score: int = Field(default=60, ge=1, le=100, description="Score of a zombie")
    suspected_score: int = Field(default=40, ge=1, le=100, description="Score of a suspect")
    doubt_score: int = Field(
        default=25, ge=1, le=100, description="Score from which missing data leaves it open"
    )
    new_days: int = Field(default=30, ge=0, description="Days in which a new system is not scored")
    busy_clients: int = Field(default=3, ge=1, description="Clients in a day that prove real use")
    volume_fall: float = Field(
        default=0.6, gt=0, lt=1, description="Fall of a zone's flows that is a fault of sensors"
    )
    mass_share: float = Field(
        default=0.05, gt=0, lt=1, description="Share of a unit's systems that may worsen at once"
    )
    mass_least: int = Field(default=5, ge=1, description="Systems that may worsen at once, least")
