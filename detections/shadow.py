"""影子资产: what lives on the network and stands in no ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

from pydantic import Field

from detections import _shadow_judge as judge
from detections._networks import Networks
from detections._shadow_judge import Shadow, Witness
from detections._shadow_sources import sightings
from soc._estate_claims import built
from soc.config import Settings
from soc.errors import InputError
from soc.estate import Claim
from soc.net import Lookup, Network, address, network
from soc.records._parts import Span
from soc.records.verdict import Signal, Verdict
from soc.store import Change
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.asset import Asset
    from soc.records.source import Source
    from soc.records.unit import Unit
    from soc.records.zone import Zone

RULE_SET = "shadow"
RULE_VERSION = "1"
Key = tuple[str | None, str]  # zone, address


class ShadowSettings(Settings):
    """``[detections.shadow]``."""

    pools: Networks = Field(
        default=(), description="Networks of terminals, guests and VPN: counted, not told"
    )
    window_days: int = Field(default=30, ge=2, description="Days in which an address was seen")


def evaluate_all(origins: tuple[str, ...], context: Context) -> int:
    """Store what changed; how many shadows there are."""
    found = [shadow for shadow in shadows(origins, context) if not shadow.is_terminal]
    before = {verdict.subject: verdict for verdict in _stored(context)}
    changes = [_change(shadow, before.get(shadow.subject), context) for shadow in found]
    named = {shadow.subject for shadow in found}
    gone = [v for subject, v in before.items() if subject not in named and v.state == "shadow"]
    registered = _registered(context)
    changes += [_ended(verdict, registered, context) for verdict in gone]
    context.store.records.apply([change for change in changes if change is not None])
    return len(found)


def shadows(origins: tuple[str, ...], context: Context) -> list[Shadow]:
    """Every unregistered address that two sources saw, or one on two days, terminals too."""
    settings = context.config.plugin("detections.shadow", ShadowSettings)
    today = context.calendar.date_of(context.clock.now())
    period = context.calendar.days(today - timedelta(days=settings.window_days - 1), today)
    registered = _registered(context)
    seen = (s for s in sightings(period, origins, context) if not registered.has(s.zone, s.ip))
    found = judge.witnesses(seen)
    pools = _pools(settings, context)
    in_pool = [key for key in found if (at := _parsed(key[1])) and pools.get(at)]
    return judge.judged(found, _units(found, registered, context), in_pool)


def listed(context: Context) -> list[Verdict]:
    """Shadows that stand, by zone and address."""
    found = (verdict for verdict in _stored(context) if verdict.state == "shadow")
    return sorted(found, key=lambda verdict: verdict.subject)


def _stored(context: Context) -> Iterator[Verdict]:
    where = Equals("rule_set", RULE_SET, cased=True)
    return cast("Iterator[Verdict]", context.store.records.find("verdict", where))


class Registered:
    """Networks that the ledger holds, by zone: assets, retired ones too, and our own scanners."""

    def __init__(self, claims: list[Claim], scanners: list[Network], at_day: date) -> None:
        self._scanners = Lookup((one, True) for one in scanners)
        self._zones: dict[str | None, Lookup[Claim]] = {}
        held: dict[str | None, list[Claim]] = {}
        for claim in claims:
            held.setdefault(claim.owner.zone, []).append(claim)
        self._zones = {zone: Lookup((c.network, c) for c in own) for zone, own in held.items()}
        self._day = at_day

    def has(self, zone: str | None, ip: str) -> bool:
        """True where an entry that has not ended covers the address, or it is not one."""
        wanted = _parsed(ip)
        if wanted is None or self._scanners.get(wanted):
            return True
        return any(self._stands(claim) for claim in self._of(zone, wanted))

    def unit(self, zone: str | None, ip: str) -> str | None:
        """Unit of the longest entry that ever covered the address."""
        wanted = _parsed(ip)
        found = self._of(zone, wanted) if wanted else []
        return next((c.owner.unit for c in found if c.owner.unit), None)

    def _of(self, zone: str | None, wanted: Network) -> list[Claim]:
        tables = [self._zones[name] for name in dict.fromkeys((zone, None)) if name in self._zones]
        return [claim for table in tables for claim in table.all(wanted)]

    def _stands(self, claim: Claim) -> bool:
        return claim.until is None or claim.until.date() > self._day


def _parsed(text: str) -> Network | None:
    try:
        return address(text)
    except InputError:
        return None


def _registered(context: Context) -> Registered:
    records = context.store.records
    zones = [z for z in cast("Iterator[Zone]", records.find("zone")) if z.state == "active"]
    assets = list(cast("Iterator[Asset]", records.find("asset")))
    claims, _, _ = built(zones, assets, context.calendar.zone)
    sources = cast("Iterator[Source]", records.find("source", Equals("type", "scanner")))
    scanners = [network(p) for s in sources if s.state != "retired" for p in s.prefixes]
    kept = [claim for claim in claims if claim.owner.asset is not None]
    return Registered(kept, scanners, context.calendar.date_of(context.clock.now()))


def _pools(settings: ShadowSettings, context: Context) -> Lookup[bool]:
    zones = cast("Iterator[Zone]", context.store.records.find("zone", Equals("type", "vpn")))
    texts = (*settings.pools, *(p for zone in zones for p in zone.prefixes))
    return Lookup((network(text), True) for text in texts)


def _units(
    found: Mapping[Key, object], registered: Registered, context: Context
) -> dict[Key, str | None]:
    """By the longest entry that ever covered it, else the only unit that reaches its zone."""
    reached: dict[str, set[str]] = {}
    for unit in cast("Iterator[Unit]", context.store.records.find("unit")):
        for access in unit.access:
            if access.zone:
                reached.setdefault(access.zone, set()).add(unit.id)
    alone = {zone: next(iter(ids)) for zone, ids in reached.items() if len(ids) == 1}
    return {(zone, ip): registered.unit(zone, ip) or alone.get(zone or "") for zone, ip in found}


def _change(shadow: Shadow, before: Verdict | None, context: Context) -> Change | None:
    after = _record(shadow, before, context)
    if before is not None and _essence(before) == _essence(after):
        return None
    revision = before.revision if before else 0
    return Change(f"{after.id}:{revision + 1}", after, expected=revision)


def _essence(verdict: Verdict) -> tuple[object, ...]:
    return verdict.state, verdict.unit, verdict.ports, tuple(s.rule for s in verdict.signals)


def _record(shadow: Shadow, before: Verdict | None, context: Context) -> Verdict:
    now = context.clock.now()
    first = min(witness.first for witness in shadow.witnesses)
    last = max(witness.last for witness in shadow.witnesses)
    is_known = before is not None and before.state == "shadow"
    return Verdict(
        id=Verdict.key(context.config.site.code, RULE_SET, shadow.subject),
        state="shadow",
        at=now,
        author=context.actor.author(),
        rule_set=RULE_SET,
        rule_version=RULE_VERSION,
        subject=shadow.subject,
        unit=shadow.unit,
        signals=tuple(_signal(witness, context) for witness in shadow.witnesses),
        ports=shadow.ports,
        window=_span(first, last, context),
        since=before.since if before and is_known else now,
    )


def _signal(witness: Witness, context: Context) -> Signal:
    return Signal(
        family="active" if witness.source == "scan" else "passive",
        rule=f"shadow.{witness.source}",
        value=str(witness.days),
        threshold=">= 2",
        points=0,
        period=_span(witness.first, witness.last, context),
        source=witness.source,
    )


def _span(first: date, last: date, context: Context) -> Span:
    period = context.calendar.days(first, last)
    return Span(start=period.start, end=period.end)


def _ended(verdict: Verdict, registered: Registered, context: Context) -> Change:
    """A shadow no more: it was entered in the ledger, or is not seen any longer."""
    zone, _, ip = verdict.subject.rpartition(" ")
    is_known = registered.has(zone or None, ip)
    after = replace(
        verdict,
        state="active" if is_known else "lost",
        missing=("registered",) if is_known else ("not_seen",),
        at=context.clock.now(),
        author=context.actor.author(),
        since=context.clock.now(),
    )
    return Change(f"{verdict.id}:{verdict.revision + 1}", after, expected=verdict.revision)
