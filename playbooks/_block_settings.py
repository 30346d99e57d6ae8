"""``[playbooks.block]``: whom an alert proposes, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from playbooks._block_params import Severity
from soc.config import Settings as Table

_DAYS = {
    "网络扫描探测": 7,
    "拒绝服务": 7,
    "漏洞利用": 30,
    "凭据攻击": 30,
    "后门利用": 30,
    "后门植入": 30,
    "网页篡改": 30,
    "网络钓鱼": 30,
    "失陷主机": 90,
    "特洛伊木马": 90,
    "僵尸网络": 90,
    "勒索软件": 90,
    "挖矿病毒": 90,
    "APT": 90,
}


class Settings(Table):
    """``[playbooks.block]``."""

    min_severity: Severity = Field(
        default="medium", description="Least severity of an alert whose attacker is proposed"
    )
    scope: str = Field(default="border", description="Place of enforcement that the list is for")
    direction: Literal["source", "destination", "both"] = Field(
        default="both", description="Direction in which a proposed network is kept out"
    )
    days: dict[str, int] = Field(
        default_factory=lambda: dict(_DAYS),
        description="Days that a block stands, by sub-class of GB/T 20986-2023",
    )
    default_days: int = Field(default=7, ge=1, le=365, description="Days for any other class")
    formats: tuple[str, ...] = Field(
        default=("plain",), description="Blocklist formats that an export writes"
    )
    shrink_limit: float = Field(
        default=0.3, ge=0, le=1, description="Share of a list that may go at once without a word"
    )
    folder: Path | None = Field(
        default=None, description="Folder that block publish writes to; default: in the home"
    )
    approval: Literal["routine", "two_person"] = Field(
        default="routine", description="Who must approve: one other person, or two"
    )
    bulk: int = Field(
        default=50, ge=1, description="More blocks than this at once need two approvals"
    )
    ratify_hours: float = Field(
        default=2, gt=0, le=24, description="Hours in which a block made first must be ratified"
    )
    repeat_days: tuple[int, ...] = Field(
        default=(1, 7, 30),
        min_length=1,
        description="Least days of the first, second, further block of one network",
    )
    hourly_cap: int = Field(default=200, ge=0, description="New blocks an hour; more waits")
    daily_cap: int = Field(default=2_000, ge=0, description="New blocks a day; more waits")
    growth_limit: float = Field(
        default=0.2, ge=0, description="Share by which a list may grow at once without a word"
    )
    growth_most: int = Field(default=1_000, ge=0, description="New entries at once without a word")
    growth_free: int = Field(
        default=50, ge=0, description="New entries at once that no share is asked of"
    )
    probes: tuple[str, ...] = Field(
        default=(), description="Addresses that must pass when a list is verified"
    )
