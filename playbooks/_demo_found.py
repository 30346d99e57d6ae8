"""What became of a planted thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city
from soc.metrics._drills_members import drills_of
from soc.metrics.attacks import DENIED
from soc.net import Network, network
from soc.query import Aggregate, Measure
from soc.text import text
from soc.where import All, Equals

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert
    from soc.records.drill import Drill

SHARED = "198.51.100.45"  # address of a team that plays in both drills


@dataclass(frozen=True, slots=True)
class Found:
    """A planted thing and what became of it."""

    name: str
    found: bool
    by: str  # rule and alert, or verdict
    why: str = ""  # where it was not found


def neighbour(alone: Mapping[str, Any], blocked: Sequence[Network]) -> Iterator[Found]:
    """The exit of the next district: refused by itself, and spared in the network around it.

    ``alone`` is what was said to the proposal of that address, ``blocked`` the list as exported.
    """
    is_refused = bool(alone.get("refused")) and not alone.get("proposed")
    why = "" if is_refused else "not_refused"
    yield Found("neighbour_refused", is_refused, city.NEIGHBOUR if is_refused else "", why)
    around, exit_ = network(city.NEIGHBOURHOOD), network(city.NEIGHBOUR)
    parts = [found for found in blocked if around.contains(found)]
    is_split = sum(part.size for part in parts) == around.size - exit_.size
    is_split = is_split and not any(part.overlaps(exit_) for part in parts)
    told = ", ".join(str(part) for part in parts) if is_split else ""
    yield Found("neighbour_split", is_split, told, "" if is_split else "not_split")


def storm(context: Context) -> Found:
    """What the WAF stopped: every request, by the client that stood behind the CDN."""
    client = Equals("network.forwarded_ip", _campaigns.STORMER)
    query = Aggregate("alert", (Measure("n", "count"),), where=All((DENIED, client)))
    count = sum(row["n"] or 0 for row in context.engine.aggregate(query).to_pylist())
    if count != _campaigns.STORM:
        return Found("waf_storm", False, "", "not_counted")
    language = context.config.site.language
    told = text("demo.stopped", language, count=count, client=_campaigns.STORMER)
    return Found("waf_storm", True, told)


def shared_team(context: Context, alerts: Sequence[Alert]) -> Found:
    """An alert of the team that plays in both drills is marked with both."""
    drills = [cast("Drill", each) for each in context.store.records.find("drill")]
    for alert in alerts:
        marks = drills_of(alert, drills)
        if SHARED in {attacker.address for attacker in alert.attackers} and len(marks) == 2:
            named = " + ".join(sorted(each.name for each in marks))
            return Found("shared_team", True, f"{named} · {alert.no or alert.id}")
    return Found("shared_team", False, "", "not_marked")
