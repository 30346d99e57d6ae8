"""What a scan would touch: registered endpoints or named targets, inside the scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scanners._shards import interleaved
from soc.errors import InputError, ScopeError
from soc.net import Network, address, common, covers, merge, network, span, subtract

if TYPE_CHECKING:
    from datetime import date

    from soc.context import Context
    from soc.records.asset import Asset, Endpoint
    from soc.scope import Target

NEVER = frozenset({"never", "none", "不扫描", "免扫", "禁扫", "禁止扫描"})  # scan_policy


@dataclass(frozen=True, slots=True)
class Plan:
    """Targets that may be scanned now, and registered ones that may not."""

    targets: tuple[Target, ...]
    outside: tuple[str, ...]  # registered, but outside [scope] scan or any authorisation
    excluded: tuple[str, ...] = ()  # registered, but never to be scanned (scan policy)
    why: Mapping[str, int] = field(default_factory=dict)  # reason -> targets chosen for it

    @property
    def hosts(self) -> int:
        return sum(target.network.size for target in self.targets)

    def seconds(self, ports: int, rate: int) -> float:
        """How long the ports take at the rate, every probe once (notes: hosts × ports / rate)."""
        return self.hosts * ports / rate


@dataclass(frozen=True, slots=True)
class Place:
    """One registered address: of which asset, by which endpoint."""

    address: str
    asset: Asset
    endpoint: Endpoint


def planned(named: Sequence[str], context: Context) -> Plan:
    """The plan for named targets, or for every registered endpoint where none is named.

    Raises:
        ScopeError: a named target is malformed or outside the scope; it is audited.
    """
    if not named:
        return bounded(registered(context), context)
    spared = _spared(registered(context))
    wanted = _permitted(named, context)
    excluded = [str(t.network) for t in wanted if covers(spared, t.network)]
    return Plan(tuple(_less(wanted, spared)), (), tuple(excluded))


def bounded(
    places: Iterable[Place],
    context: Context,
    prefixes: Iterable[str] = (),
    why: Mapping[str, int] | None = None,
) -> Plan:
    """The plan for these places and prefixes: what is outside is named, units are mixed.

    What is never to be scanned is taken out of prefixes, too.
    """
    chosen = {place.address: place for place in places}
    spared = _spared(registered(context))
    excluded = [a for a, place in chosen.items() if place.asset.scan_policy in NEVER]
    inside: list[Target] = []
    outside: list[str] = []
    units = {address: place.asset.unit for address, place in chosen.items()}
    wanted = [address for address in chosen if address not in set(excluded)]
    beyond: list[Network] = []
    for text in (*interleaved(wanted, units.get), *prefixes):
        try:
            inside += context.scope.scannable(_networks(text), context.clock.now())
        except ScopeError:
            outside += [text] if text in chosen else []
            beyond += [] if text in chosen else [network(text)]
    outside += [str(prefix) for prefix in merge(beyond)]
    left = tuple(_less(inside, spared))
    return Plan(left, tuple(outside), tuple(excluded), dict(why or {}))


def _spared(places: Iterable[Place]) -> list[Network]:
    """Networks of the ledger that are never to be scanned, merged."""
    texts = (place.address for place in places if place.asset.scan_policy in NEVER)
    found: list[Network] = []
    for text in texts:
        try:
            found += [network(part) for part in _networks(text)]
        except InputError:
            continue  # no address: nothing that could be scanned
    return merge(found)


def _less(targets: Iterable[Target], spared: list[Network]) -> Iterator[Target]:
    """The targets without what is spared; one that holds none of it stays as it is."""
    for target in targets:
        if not common(spared, target.network):
            yield target
            continue
        for part in subtract([target.network], spared):
            yield replace(target, network=part)


def _networks(text: str) -> list[str]:
    """The networks of a registered address, prefix or ``first-last``; the text where it is none."""
    first, dash, last = text.partition("-")
    try:
        low, high = address(first), address(last or first)
        found = span(low.family, low.first, high.first) if dash else []
    except InputError:
        return [text]
    return [str(each) for each in found] or [text]


def _permitted(named: Sequence[str], context: Context) -> list[Target]:
    try:
        return context.scope.scannable(named, context.clock.now())
    except ScopeError as error:
        author, now = context.actor.author(), context.clock.now()
        context.store.audit.refused(error, author, "scan", " ".join(named)[:200], "scan", now)
        raise


def registered(context: Context, day: date | None = None) -> list[Place]:
    """Registered endpoints in use on a day (today), each address once, in order of the ledger."""
    from soc.records.asset import Asset
    from soc.where import Equals, Not

    day = day or context.calendar.date_of(context.clock.now())
    seen: dict[str, Place] = {}
    for asset in context.store.records.find("asset", Not(Equals("state", "retired"))):
        for endpoint in _in_use(asset, day) if isinstance(asset, Asset) else ():
            if endpoint.address and isinstance(asset, Asset):
                seen.setdefault(endpoint.address, Place(endpoint.address, asset, endpoint))
    return list(seen.values())


def _in_use(asset: Asset, day: date) -> Iterator[Endpoint]:
    return (each for each in asset.endpoints if each.end is None or each.end >= day)
