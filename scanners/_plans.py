"""The standing plans: key assets every day, a class and a sample every week, all every month.

A plan depends on the records and the date only: asked again it is the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING

from scanners._plan import Place, Plan, bounded, registered
from soc.query import Period, Select
from soc.records.finding import Finding
from soc.records.system import System
from soc.records.zone import Zone
from soc.where import All, Equals, Exists, In, Not

if TYPE_CHECKING:
    from soc.context import Context

KEY_WORDS = ("重要", "核心", "关键", "key", "critical", "important", "high")
NOT_KEY = ("不重要", "非重要", "非关键", "非核心", "unimportant", "not ")
KEY_LEVEL = 3  # 等保三级
CLASSES = (  # Monday to Sunday; a class is an asset's scan_class, else its type
    ("server", "服务器"),
    ("network", "security", "网络设备", "安全设备"),
    ("database", "数据库"),
    ("web", "vip", "nat", "网站", "Web", "应用系统"),
    ("terminal", "kiosk", "终端", "自助终端"),
    ("iot", "视频", "视频物联", "物联设备"),
    (),  # Sunday: whatever bears none of these words
)
OPEN = ("open", "verified", "issued", "received", "fixing", "recheck", "failed", "unverifiable")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice of the day rests on beside the ledger."""

    key_systems: frozenset[str]
    exposed_systems: frozenset[str]
    internet_zones: frozenset[str]
    with_findings: frozenset[str]  # addresses
    changed: frozenset[str]  # addresses


def daily(day: date, context: Context) -> Plan:
    """重点: important, exposed to the internet, with open findings, or changed since yesterday."""
    facts = _facts(day, context)
    judged = [(place, _why(place, facts, day)) for place in registered(context, day)]
    chosen = [(place, reason) for place, reason in judged if reason]
    why = Counter(reason for _, reason in chosen)
    return bounded([place for place, _ in chosen], context, why=why)


def _why(place: Place, facts: Facts, day: date) -> str | None:
    """The first reason to look at it every day."""
    is_new = place.endpoint.start in (day - timedelta(days=1), day)
    systems = set(place.asset.systems)
    reasons = (
        ("important", is_key(place.asset.importance) or bool(systems & facts.key_systems)),
        (
            "exposed",
            bool(systems & facts.exposed_systems) or place.endpoint.zone in facts.internet_zones,
        ),
        ("findings", place.address in facts.with_findings),
        ("changed", is_new or place.address in facts.changed),
    )
    return next((name for name, holds in reasons if holds), None)


def is_key(importance: str | None) -> bool:
    """True for what a ledger calls important, in its own words."""
    said = (importance or "").lower()
    return any(w in said for w in KEY_WORDS) and not any(w in said for w in NOT_KEY)


def weekly(day: date, share: float, context: Context) -> Plan:
    """分类: one class whole, of the rest a sample of every unit, drawn by the date."""
    places = registered(context, day)
    whole = [place for place in places if class_day(place) == day.weekday()]
    rest = [place for place in places if class_day(place) != day.weekday()]
    drawn = sample(rest, share, day.isoformat())
    why = {"class": len(whole), "sample": len(drawn)}
    return bounded([*whole, *drawn], context, why=why)


def class_day(place: Place) -> int:
    """Weekday on which its class is scanned whole, Monday is 0."""
    called = place.asset.scan_class or place.asset.type or ""
    found = (number for number, words in enumerate(CLASSES) if called in words)
    return next(found, len(CLASSES) - 1)


def sample(places: Sequence[Place], share: float, seed: str) -> list[Place]:
    """Of every unit its share, rounded up; the same seed draws the same."""
    strata: dict[str | None, list[Place]] = defaultdict(list)
    for place in places:
        strata[place.asset.unit].append(place)
    drawn: list[Place] = []
    for stratum in strata.values():
        lots = sorted(stratum, key=_lot(seed))
        drawn += lots[: ceil(share * len(lots))]
    return drawn


def _lot(seed: str) -> Callable[[Place], bytes]:
    return lambda place: sha256(f"{seed}\0{place.address}".encode()).digest()


def monthly(day: date, context: Context) -> Plan:
    """全覆盖: every registered endpoint, and every prefix of the zones in parts of a /24."""
    places = registered(context, day)
    zones = [z for z in context.store.records.find("zone") if isinstance(z, Zone)]
    prefixes = _parts(p for zone in zones if zone.state == "active" for p in zone.prefixes)
    why = {"registered": len(places), "prefixes": len(prefixes)}
    return bounded(places, context, prefixes, why)


def every_port(day: date, share: float, context: Context) -> Plan:
    """全端口抽样: of every unit a share of its hosts, drawn anew each month."""
    drawn = sample(registered(context, day), share, f"{day:%Y-%m}")
    return bounded(drawn, context, why={"sample": len(drawn)})


def _parts(prefixes: Iterable[str]) -> list[str]:
    """The prefixes, each once; one wider than a /24 in its /24s, so that scope can judge each."""
    from soc.net import Network, network

    found: dict[str, None] = {}
    for text in prefixes:
        whole = network(text)
        length = 24 if whole.family == 4 and 16 <= whole.length < 24 else whole.length
        step = 1 << ((32 if whole.family == 4 else 128) - length)
        for first in range(whole.first, whole.last + 1, step):
            found[str(Network(whole.family, first, length))] = None
    return list(found)


def _facts(day: date, context: Context) -> Facts:
    records = context.store.records
    systems = [s for s in records.find("system") if isinstance(s, System)]
    zones = records.find("zone", Equals("type", "internet"))
    findings = records.find("finding", In("state", OPEN))
    return Facts(
        key_systems=frozenset(s.id for s in systems if _is_key_system(s)),
        exposed_systems=frozenset(s.id for s in systems if s.exposure == "internet"),
        internet_zones=frozenset(z.name for z in zones if isinstance(z, Zone)),
        with_findings=frozenset(
            f.address for f in findings if isinstance(f, Finding) and f.address
        ),
        changed=_changed(day, context),
    )


def _is_key_system(system: System) -> bool:
    level = system.mlps.level if system.mlps else None
    return bool(system.is_cii) or (level or 0) >= KEY_LEVEL


def _changed(day: date, context: Context) -> frozenset[str]:
    """Addresses whose open ports or greetings changed since the begin of yesterday."""
    begin = context.calendar.midnight(day - timedelta(days=1))
    period = Period(begin, context.calendar.day(day).end)
    where = All((In("soc.scan.change", ("ports", "banner")), Not(Exists("destination.port"))))
    query = Select("scan", where, ("destination.ip",), period)
    rows = (row for batch in context.engine.select(query) for row in batch.to_pylist())
    return frozenset(row["destination.ip"] for row in rows)
