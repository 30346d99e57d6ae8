"""``[playbooks.block]``: whom an alert proposes, and for how long."""

from __future__ import annotations

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
