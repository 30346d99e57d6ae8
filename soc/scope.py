"""What may be scanned or blocked; refuses everything else.

``scannable`` is the only door to a scanner's targets, ``blockable`` the only subtraction of
what must never be blocked. Neither ever resolves a name or contacts anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from soc import _scope_guards
from soc._scope_authorized import Authorized as Authorized
from soc._scope_authorized import authorized
from soc._scope_drills import protected
from soc._scope_guards import Guard as Guard
from soc._scope_guards import guard_label as guard_label
from soc.errors import InputError, ScopeError
from soc.net import Network, common, covers, merge, network, subtract

if TYPE_CHECKING:
    from soc.config import Config
    from soc.estate import Estate
    from soc.store import Records

WIDEST_SCAN = {4: 16, 6: 112}  # prefix length; a wider target is refused
WIDEST_BLOCK = {4: 16, 6: 32}
TOO_WIDE = "wider than /16 (IPv4) or /32 (IPv6)"  # the guard's name, as in a Removal


@dataclass(frozen=True, slots=True)
class Target:
    """A network that may be scanned now, and the zone that it lies in."""

    network: Network
    zone: str | None


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out of a proposal, and on whose behalf."""

    network: Network  # as proposed
    guard: str
    overlap: Network


@dataclass(frozen=True, slots=True)
class Blockable:
    """What is left of a proposal; ``allowed`` is the exact union less every guard, merged."""

    allowed: list[Network]
    removed: list[Removal]


class Scope:
    """The limits of a site; made once a context, never changed."""

    def __init__(
        self,
        scan: Sequence[Network],
        guards: Sequence[Guard],
        estate: Estate,
        authorizations: Sequence[Authorized] = (),
    ) -> None:
        self._scan = merge(scan)
        self._estate = estate
        self._authorizations = tuple(authorizations)
        self._guards = [(guard.name, merge(guard.networks)) for guard in guards]
        self._guarded = merge(n for guard in guards for n in guard.networks)

    @classmethod
    def read(
        cls,
        config_scan: Sequence[str],
        never_block: Sequence[str],
        estate: Estate,
        authorizations: Sequence[Authorized] = (),
        guards: Sequence[Guard] = (),
    ) -> Scope:
        """The scope of the settings' texts, the ledger, and further guards.

        Raises:
            ConfigError: a text of the settings is no network.
        """
        scan = _scope_guards.listed("[scope] scan", config_scan).networks
        named = _scope_guards.listed("[estate] never_block", never_block)
        return cls(scan, (*_scope_guards.own(estate), named, *guards), estate, authorizations)

    @classmethod
    def of(
        cls, config: Config, estate: Estate, records: Records, at: datetime | None = None
    ) -> Scope:
        """The scope of a site: settings, ledger, guard files, special-purpose ranges, records.

        What drills protect is guarded at the time ``at``; without one, of every drill not over.

        Raises:
            ConfigError: a network or guard file of the settings is wrong.
        """
        folder = config.path.parent if config.path else None
        paths = [folder / path if folder else path for path in config.estate.guard_files]
        guards = [
            *_scope_guards.special_purpose(config.estate.guard_profile),
            *(_scope_guards.from_file(path) for path in paths),
            *protected(records, at),
        ]
        return cls.read(
            config.scope.scan, config.estate.never_block, estate, authorized(records), guards
        )

    def scannable(self, targets: Iterable[str], at: datetime) -> list[Target]:
        """The targets as networks that may be scanned now, in the order given.

        Every one must be a strictly written address or prefix inside ``[scope] scan`` and,
        where the records hold authorisations, inside one that is valid at the time.

        Raises:
            ScopeError: one target is anything else; none is returned then.
        """
        valid = self._authorized(at)
        return [self._target(text, valid, at) for text in targets]

    def _authorized(self, at: datetime) -> list[Network] | None:
        """Networks of the authorisations valid now; None where none was ever recorded."""
        if not self._authorizations:
            return None
        return merge(n for found in self._authorizations if found.holds(at) for n in found.networks)

    def _target(self, text: str, valid: list[Network] | None, at: datetime) -> Target:
        try:
            wanted = network(text)
        except InputError as error:
            raise ScopeError(f"scan target: {text[:80]!r}: write an address or a prefix") from error
        widest = WIDEST_SCAN[wanted.family]
        if wanted.length < widest:
            raise ScopeError(f"scan target: {wanted}: is wider than /{widest}; name smaller parts")
        if not covers(self._scan, wanted):
            raise ScopeError(f"scan target: {wanted}: is outside [scope] scan; add it there first")
        if valid is not None and not covers(valid, wanted):
            raise ScopeError(
                f"scan target: {wanted}: no valid authorisation; run soc scan authorize"
            )
        owner = self._estate.owner(wanted, None, at)
        return Target(wanted, owner.zone if owner else None)

    def blockable(self, networks: Iterable[Network]) -> Blockable:
        """The networks less everything that must never be blocked.

        Guards are subtracted as ranges: a prefix that holds one guarded address is split
        around it. A prefix that is too wide is left out whole. Each removal names its guard.
        """
        wanted = list(networks)
        removed = [Removal(n, TOO_WIDE, n) for n in wanted if n.length < WIDEST_BLOCK[n.family]]
        narrow = [n for n in wanted if n.length >= WIDEST_BLOCK[n.family]]
        removed += [
            Removal(n, name, overlap)
            for n in narrow
            if common(self._guarded, n)
            for name, guarded in self._guards
            for overlap in common(guarded, n)
        ]
        left = subtract(narrow, self._guarded)
        return Blockable([part for n in left for part in _narrowed(n)], removed)


def _narrowed(wanted: Network) -> list[Network]:
    """The network, or its parts of the greatest width that a list may hold."""
    widest = WIDEST_BLOCK[wanted.family]
    if wanted.length >= widest:
        return [wanted]
    step = wanted.size >> (widest - wanted.length)
    firsts = range(wanted.first, wanted.last, step)
    return [Network(wanted.family, first, widest) for first in firsts]
