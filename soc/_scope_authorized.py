"""The authorisations to scan, from the records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from soc.net import Network, network

if TYPE_CHECKING:
    from soc.records.authorization import Authorization
    from soc.store import Records


@dataclass(frozen=True, slots=True)
class Authorized:
    """Networks that somebody with the right allowed to scan, for a time."""

    id: str
    networks: tuple[Network, ...]
    since: datetime | None = None
    until: datetime | None = None  # not included

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def authorized(records: Records) -> list[Authorized]:
    """Every authorisation on record; one that is not approved covers nothing.

    Those that were asked for, revoked or have expired count too: once authorisations are kept
    here, a scan needs a valid one.

    Raises:
        InputError: a record holds a target that is no network.
    """
    return [_read(cast("Authorization", record)) for record in records.find("authorization")]


def _read(record: Authorization) -> Authorized:
    targets = record.targets if record.state == "approved" else ()
    return Authorized(record.id, tuple(map(network, targets)), record.start, record.end)
