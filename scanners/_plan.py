"""What a scan would touch: registered endpoints or named targets, inside the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc.errors import ScopeError

if TYPE_CHECKING:
    from soc.context import Context
    from soc.scope import Target


@dataclass(frozen=True, slots=True)
class Plan:
    """Targets that may be scanned now, and registered ones that may not."""

    targets: tuple[Target, ...]
    outside: tuple[str, ...]  # registered, but outside [scope] scan or any authorisation

    @property
    def hosts(self) -> int:
        return sum(target.network.size for target in self.targets)

    def seconds(self, ports: int, rate: int) -> float:
        """How long the ports take at the rate, every probe once (notes: hosts × ports / rate)."""
        return self.hosts * ports / rate


def planned(named: Sequence[str], context: Context) -> Plan:
    """The plan for named targets, or for every registered endpoint where none is named.

    Raises:
        ScopeError: a named target is malformed or outside the scope; it is audited.
    """
    at = context.clock.now()
    if named:
        return Plan(tuple(_permitted(named, context)), ())
    inside: list[Target] = []
    outside: list[str] = []
    for text in _registered(context):
        try:
            inside += context.scope.scannable([text], at)
        except ScopeError:
            outside.append(text)
    return Plan(tuple(inside), tuple(outside))


def _permitted(named: Sequence[str], context: Context) -> list[Target]:
    try:
        return context.scope.scannable(named, context.clock.now())
    except ScopeError as error:
        from soc.audit import refusal

        now, wanted = context.clock.now(), " ".join(named)[:200]
        author = context.actor.author()
        context.store.audit.append(refusal(error, author, "scan", wanted, "scan", now))
        raise


def _registered(context: Context) -> list[str]:
    """Addresses of all registered endpoints in use, each once, in order of the ledger."""
    from soc.records.asset import Asset
    from soc.where import Equals, Not

    today = context.calendar.date_of(context.clock.now())
    seen: dict[str, None] = {}
    for asset in context.store.records.find("asset", Not(Equals("state", "retired"))):
        for endpoint in asset.endpoints if isinstance(asset, Asset) else ():
            if endpoint.address and (endpoint.end is None or endpoint.end >= today):
                seen[endpoint.address] = None
    return list(seen)
