"""Leave to scan: which networks, until when, on what basis, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from soc.errors import InputError
from soc.net import merge, network
from soc.records import make_id
from soc.records.authorization import Authorization
from soc.store import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soc.context import Context


def authorize(
    targets: Sequence[str], until: datetime, basis: str, context: Context
) -> dict[str, Any]:
    """Record an authorisation, from now until a time in the site's zone.

    Once one stands, nothing outside the authorisations that are valid is scanned.

    Raises:
        InputError: a target is no network, the time has passed, or the basis is empty.
        ScopeError: this login may not approve.
    """
    context.actor.require("approve")
    now = context.clock.now()
    end = until if until.tzinfo else until.replace(tzinfo=ZoneInfo(context.config.site.time_zone))
    if end <= now:
        raise InputError(f"--until {until.isoformat()}: has passed; name a later time")
    if not basis.strip():
        raise InputError("--basis: is empty; name the letter, contract or plan")
    networks = tuple(str(found) for found in merge(network(text) for text in targets))
    author = context.actor.author()
    record = Authorization(
        id=make_id(context.config.site.code, "authorization", now.isoformat(), *networks),
        state="approved",
        at=now,
        author=author,
        reason=basis,
        targets=networks,
        start=now,
        end=end,
        approved_by=author.login,
        basis=basis,
    )
    context.store.records.apply([Change(f"{record.id}:approved", record, expected=0)])
    return {"id": record.id, "targets": list(networks), "until": end.isoformat(), "basis": basis}
