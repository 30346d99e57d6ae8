"""Who an address is: by zone, address and time, from the ledger.

Zones overlap: two may hold the same private prefix, so an address alone is no key. What is
"inside" comes from here, never from RFC 1918.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from soc._estate_claim import Claim as Claim
from soc._estate_claim import Owner as Owner
from soc.net import Lookup, Network, network

if TYPE_CHECKING:
    import pyarrow as pa

    from soc._estate_enrich import Maps
    from soc.store import Records

_FIRST = datetime.min.replace(tzinfo=UTC)
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Estate:
    """The ledger as claims; ``version`` changes with anything that was read."""

    claims: tuple[Claim, ...] = ()
    private: frozenset[str] = frozenset()  # zones whose addresses mean something only inside
    version: int = 0  # signed 64 bit; 0: nothing was read
    _tables: dict[str | None, Lookup[Claim]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zones = {claim.owner.zone for claim in self.claims}
        tables = {zone: Lookup(self._of(zone)) for zone in zones}
        object.__setattr__(self, "_tables", tables)

    def _of(self, zone: str | None) -> Iterator[tuple[Network, Claim]]:
        return ((claim.network, claim) for claim in self.claims if claim.owner.zone == zone)

    @classmethod
    def read(cls, records: Records, at: datetime | None = None, days: tzinfo = _SHANGHAI) -> Estate:
        """The estate as the records have it now, or had it at a time.

        Days from and to which an endpoint is valid are those of ``days``, the site's zone.
        """
        from soc._estate_claims import read

        return cls(*read(records, at, days))

    def who(self, text: str, zone: str | None = None, at: datetime | None = None) -> Owner | None:
        """Whose the address (or network) is; None where nobody's, or not one answer.

        Within ``zone`` an address in the ledger beats a range in it, which beats the zone's
        own prefix; then the longest prefix. What the zone does not hold, and every address
        without a zone, is looked for in all zones that are not private, and only an answer
        from a single zone counts. Without ``at`` a claim that has ended answers only where
        no open one does.

        Raises:
            InputError: the text is no address or network.
        """
        wanted = network(text)
        return self.owner(wanted, zone, at)

    def owner(
        self, wanted: Network, zone: str | None = None, at: datetime | None = None
    ) -> Owner | None:
        """``who`` for a network that is parsed already."""
        return _agreed([claim.owner for claim in self.answering(wanted, zone, at)])

    def answering(
        self, wanted: Network, zone: str | None = None, at: datetime | None = None
    ) -> list[Claim]:
        """The claims from which ``owner`` answers; of several units the address is disputed."""
        here = _best(self._found(wanted, zone), at) if zone else []
        return here or _best(self._public(wanted), at)

    def owners(self, text: str, at: datetime | None = None) -> list[Owner]:
        """One answer for each zone that holds the address, private ones too, by zone name.

        Raises:
            InputError: the text is no address or network.
        """
        wanted = network(text)
        zones = sorted(self._tables, key=lambda name: name or "")
        found = (_agreed([c.owner for c in _best(self._found(wanted, z), at)]) for z in zones)
        return [owner for owner in found if owner]

    def is_inside(self, text: str, zone: str | None = None, at: datetime | None = None) -> bool:
        """True where the ledger holds the address; without a zone: in any zone, private too."""
        wanted = network(text)
        if zone:
            return self.owner(wanted, zone, at) is not None
        return any(_best(self._found(wanted, name), at) for name in self._tables)

    def own(self, at: datetime | None = None) -> Iterator[Claim]:
        """Every claim that has not ended at the time; without a time every claim."""
        for claim in self.claims:
            if at is None or claim.until is None or at < claim.until:
                yield claim

    def enrich(self, rows: pa.RecordBatch, zone: str | None) -> pa.RecordBatch:
        """The rows with ``soc.source.*``, ``soc.destination.*`` and ``soc.estate_version``.

        Each end is attributed as of the row's ``@timestamp``, once for each distinct address.
        A column that is there already is replaced; an end without an address column stays
        as it is.
        """
        from soc._estate_enrich import enrich

        return enrich(self, rows, zone)

    @cached_property
    def maps(self) -> Maps:
        """What ``enrich`` keeps between batches."""
        from soc._estate_enrich import Maps

        return Maps(self)

    def _found(self, wanted: Network, zone: str | None) -> list[Claim]:
        table = self._tables.get(zone)
        return table.all(wanted) if table else []

    def _public(self, wanted: Network) -> list[Claim]:
        names = (name for name in self._tables if name not in self.private)
        return [claim for name in names for claim in self._found(wanted, name)]


def _best(claims: Iterable[Claim], at: datetime | None) -> list[Claim]:
    """The claims that nothing outranks: best ground, then longest prefix, then latest."""
    standing = [(_weight(c, at), c) for c in claims if at is None or c.holds(at)]
    top = max((weight for weight, _ in standing), default=None)
    return [claim for weight, claim in standing if weight == top]


def _weight(claim: Claim, at: datetime | None) -> tuple[bool, int, int, datetime]:
    is_open = at is not None or claim.until is None
    return is_open, claim.rank, claim.network.length, claim.since or _FIRST


def _agreed(owners: list[Owner]) -> Owner | None:
    """What equal claims agree on; None where they lie in different zones, or there are none."""
    if not owners or len({owner.zone for owner in owners}) > 1:
        return None
    return Owner(
        unit=_one({o.unit for o in owners}),
        zone=owners[0].zone,
        asset=_one({o.asset for o in owners}),
        system=_one({o.system for o in owners}),
    )


def _one(values: set[str | None]) -> str | None:
    return values.pop() if len(values) == 1 else None
