"""What the ledger says of a network: whose it is, where, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from soc.net import Network

ENDPOINT, RANGE, ZONE = 2, 1, 0  # one address of an asset, more than one, prefix of a zone


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an address is; None where the ledger does not say, or claims contradict."""

    unit: str | None = None  # id
    zone: str | None = None  # name
    asset: str | None = None  # id
    system: str | None = None  # id


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's statement that a network is theirs, within a zone and for a time."""

    network: Network
    owner: Owner
    rank: int = ENDPOINT
    since: datetime | None = None  # None: ever
    until: datetime | None = None  # not included; None: still

    def holds(self, at: datetime) -> bool:
        """True where the claim is valid at the time."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)
