"""先封后补: in a drill or an incident a single address is kept out at once, ratified after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from playbooks._block_settings import Settings
from playbooks.drill import standing
from soc.errors import ConfigError, ScopeError
from soc.net import network
from soc.records._parts import Span
from soc.records.drill import Drill
from soc.where import Equals, Some

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records import Record
    from soc.records.block import Block

_OVER = ("false_positive", "not_attack", "review", "closed")  # states of an incident


def occasion(context: Context, name: str) -> Record:
    """The drill that runs, or the incident that is being handled, of this id or number.

    Raises:
        ConfigError: there is none.
        ScopeError: it is over, or has not begun.
    """
    asked = Some(tuple(Equals(key, name, cased=True) for key in ("id", "no", "name")))
    for kind in ("drill", "incident"):
        found = next(context.store.records.find(kind, asked, limit=1), None)
        if found is not None:
            return _going_on(context, found, name)
    raise ConfigError(f"block first: {name!r}: no such drill or incident; see soc drill list")


def _going_on(context: Context, found: Record, name: str) -> Record:
    if isinstance(found, Drill):
        state = standing(found, context.clock.now())
        is_on = state == "running"
    else:
        state, is_on = found.state, found.state not in _OVER
    if not is_on:
        raise ScopeError(f"{found.kind} {name}: is {state}; propose and have it approved")
    return found


def hurried(context: Context, block: Block, why: Record, reason: str) -> Block:
    """The block, in force from now and to be ratified within the hours of the settings.

    Raises:
        ScopeError: it is not proposed, wider than one address, or guarded.
    """
    place, now = f"block {block.no or block.id}", context.clock.now()
    if block.state != "proposed":
        raise ScopeError(f"{place}: is {block.state}; only what is proposed can be blocked first")
    if block.approval == "two_person" or not network(block.prefix).is_host:
        raise ScopeError(f"{place}: {block.prefix}: only single addresses; have it approved")
    judged = context.scope.blockable([network(block.prefix)])
    if judged.removed:
        guards = ", ".join(sorted({removal.guard for removal in judged.removed}))
        raise ScopeError(f"{place}: {block.prefix}: guarded by {guards}; reject it")
    if block.expires_at is None or block.expires_at <= now:
        raise ScopeError(f"{place}: its end has passed; propose it again")
    hours = context.config.plugin("playbooks.block", Settings).ratify_hours
    drills = {*block.drills, why.id} if why.kind == "drill" else {*block.drills}
    return replace(
        block,
        state="exported",
        approval="ratify_later",
        ratify_by=now + timedelta(hours=hours),
        effective_at=now,
        periods=(*block.periods, Span(start=now)),
        drills=tuple(sorted(drills)),
        reason=f"{why.kind} {why.no or why.id}: {reason}".rstrip(": "),
    )


def unratified(context: Context, block: Block) -> Block:
    """The block, where the actor may ratify it now.

    Raises:
        ScopeError: the time is over, or it was the actor who blocked first.
    """
    place, login = f"block {block.no or block.id}", context.actor.login
    if block.ratify_by is None or block.ratify_by <= context.clock.now():
        raise ScopeError(f"{place}: the time to ratify it is over; propose it again")
    if login in (block.proposed_by, _first_by(context, block)):
        raise ScopeError(f"{place}: was blocked by {login}; another login must ratify it")
    return block


def may_ratify(context: Context, block: Block) -> bool:
    """True where the actor is one who can ratify it now."""
    try:
        unratified(context, block)
    except ScopeError:
        return False
    return True


def _first_by(context: Context, block: Block) -> str | None:
    """Who blocked first: author of the last step from proposed to exported."""
    told = [cast("Block", each) for each in context.store.records.history("block", block.id)]
    steps = pairwise(told)
    found = [b.author.login for a, b in steps if (a.state, b.state) == ("proposed", "exported")]
    return found[-1] if found else None
