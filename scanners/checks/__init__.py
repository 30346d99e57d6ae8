"""Checks of what stands behind an open port: one module a check.

Copy ``scanners/checks/default_page.py`` to write a new one. A module offers ``CHECK`` and
``evaluate``: pure, from one observation to what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

# 已验证: its behaviour showed it. 高度可疑: nothing speaks against it. 待核实: a banner says so.
Confidence = Literal["verified", "likely", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One open port as last asked; what was not asked or not answered is None."""

    address: str
    port: int
    transport: str
    at: datetime  # when its services were asked
    now: datetime  # the day that dates are compared with
    zone: str | None = None
    zone_type: str | None = None  # internet, public, private, cloud, video, vpn, management, lab
    vantage: str | None = None  # zone that the scanner stood in
    protocol: str | None = None
    method: str | None = None  # probed: it answered so; table: by the number of its port only
    product: str | None = None
    version: str | None = None
    extra: str | None = None
    cpe: tuple[str, ...] = ()
    is_tls: bool = False
    title: str | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    cycles: Mapping[str, Mapping[str, date]] = field(default_factory=dict)  # imported knowledge

    @property
    def is_probed(self) -> bool:
        """True where the service itself said what it is."""
        return self.method == "probed" or self.product is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a check can find; its texts are ``findings.title_<id>`` and so on."""

    id: str  # <check> or <check>.<part>: part of the finding's key, for ever
    category: str  # 类型: key of findings.category_


@dataclass(frozen=True, slots=True)
class Check:
    """What a module checks for."""

    name: str  # of its module
    rules: tuple[Rule, ...]
    needs_version: bool = True  # False: an open port alone is enough


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of one observation; ``scanners._findings`` keeps it as a record."""

    rule: str
    vector: str  # GB/T 30279-2020 metrics, see ``scanners._grade``
    confidence: Confidence
    values: Mapping[str, str] = field(default_factory=dict)  # placeholders of the title
    host: str | None = None  # name that was asked for
    evidence: str = ""  # what was seen, at most 200 characters


class Module(Protocol):
    """What ``scanners/checks/<name>.py`` offers."""

    CHECK: Check

    def evaluate(self, observation: Observation) -> Iterator[Finding]:
        """What is wrong, each rule at most once; nothing where it cannot be told."""
