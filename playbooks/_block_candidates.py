"""Whom alerts give reason to block: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from playbooks._block_params import SEVERITIES, Severity
from soc.errors import InputError
from soc.net import Network, network
from soc.records.block import BlockReason

if TYPE_CHECKING:
    from soc.records.alert import Alert

MOST_EVIDENCE = 100  # ids kept a block
STANDING = ("open", "acknowledged")  # states of an alert
_NO_ATTACK = ("not_attack", "false_positive")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network that alerts blame, with what they know of it."""

    network: Network
    alerts: tuple[Alert, ...]

    @property
    def reasons(self) -> tuple[BlockReason, ...]:
        return tuple(
            BlockReason(category=a.category or "", alert=a.id, at=a.last_seen) for a in self.alerts
        )

    @property
    def evidence(self) -> tuple[str, ...]:
        found = dict.fromkeys(e for alert in self.alerts for e in alert.evidence)
        return tuple(found)[:MOST_EVIDENCE]

    @property
    def hits(self) -> int:
        return sum(alert.count for alert in self.alerts)

    @property
    def first_seen(self) -> datetime:
        return min(alert.first_seen for alert in self.alerts)

    @property
    def last_seen(self) -> datetime:
        return max(alert.last_seen for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class Skip:
    """Why something was not proposed: a key of the catalogue, ``block.skip.<why>``."""

    address: str
    alert: str
    why: str


def concerns(alert: Alert, least: Severity, category: str | None) -> bool:
    """True for an alert that stands, is severe enough, and of the class that was asked for."""
    return (
        alert.state in STANDING
        and alert.verdict not in _NO_ATTACK
        and SEVERITIES.index(alert.severity) >= SEVERITIES.index(least)
        and (category is None or category in (alert.category, subclass(alert.category)))
    )


def subclass(category: str | None) -> str:
    """The sub-class of ``class/sub-class``; the text itself where there is one part only."""
    return (category or "").rpartition("/")[2]


def candidates(alerts: Iterable[Alert]) -> tuple[list[Candidate], list[Skip]]:
    """One candidate an attacker, in order of address, and who was left out and why.

    A rule names whom it blames: behind a proxy the forwarded address. The proxy itself, which
    many share, is never a candidate, in no alert of the batch.
    """
    alerts = list(alerts)
    fronts = {a.forwarded for alert in alerts for a in alert.attackers if a.forwarded}
    blamed: dict[Network, list[Alert]] = {}
    skips: list[Skip] = []
    for alert in alerts:
        for text in dict.fromkeys(attacker.address for attacker in alert.attackers):
            found = _judged(text, alert, fronts)
            if isinstance(found, Skip):
                skips.append(found)
            else:
                blamed.setdefault(found, []).append(alert)
    return [Candidate(n, tuple(blamed[n])) for n in sorted(blamed)], skips


def _judged(text: str, alert: Alert, fronts: set[str]) -> Network | Skip:
    if text in fronts:
        return Skip(text, alert.id, "shared_front")
    if not alert.evidence:
        return Skip(text, alert.id, "no_evidence")
    try:
        return network(text)
    except InputError:
        return Skip(text, alert.id, "no_address")
