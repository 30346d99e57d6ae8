"""Blocking: proposals from alerts, approval by another login, and lists for firewalls.

Nothing here touches a device: an export is files, which a person or a firewall fetches. What
must never be blocked is subtracted when it is proposed, when it is approved, and again when a
list is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from playbooks._block_audit import audited
from playbooks._block_export import export as export
from playbooks._block_export import publish as publish
from playbooks._block_first import hurried, may_ratify, occasion, unratified
from playbooks._block_import import import_blocks as import_blocks
from playbooks._block_propose import propose as propose
from playbooks._block_rollback import rollback as rollback
from playbooks._block_settings import Settings
from playbooks._block_verify import verify as verify
from soc.errors import ConfigError, ScopeError
from soc.evidence import Citation, keep_all
from soc.net import Network, network
from soc.records import make_id
from soc.records.block import Approval
from soc.store import Change
from soc.where import EVERYTHING, Equals, In, Some

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.block import Block

WAITING = "proposed"


def approve(context: Context, names: Sequence[str], reason: str = "") -> list[Block]:
    """The blocks, approved by the actor: all of them or none.

    A wide network, or more blocks at once than ``bulk``, needs two approvals and stays proposed
    after the first. What was blocked first is ratified by its one approval.

    Raises:
        ScopeError: the actor may not approve, proposed it himself, or a guard now holds it.
        ConfigError: no such block.
    """
    with audited(context, names, "approve"):
        context.actor.require("approve")
        blocks = [_approvable(context, block) for block in found(context, names)]
        keep_all(context, [_cited(block) for block in blocks])
        bulk = context.config.plugin("playbooks.block", Settings).bulk
        is_bulk = len(blocks) > bulk
        return _applied(context, [_approved(context, b, reason, is_bulk) for b in blocks])


def _cited(block: Block) -> Citation:
    return Citation(block.evidence, (block.id,), block.first_seen, block.last_seen)


def _approvable(context: Context, block: Block) -> Block:
    place = f"block {block.no or block.id}"
    login = context.actor.login
    if _is_unratified(block):
        return unratified(context, block)
    if block.state != WAITING:
        raise ScopeError(f"{place}: is {block.state}; only what is proposed can be approved")
    if block.proposed_by == login:
        raise ScopeError(f"{place}: was proposed by {login}; another login must approve it")
    if block.expires_at is None or block.expires_at <= context.clock.now():
        raise ScopeError(f"{place}: its end has passed; propose it again")
    judged = context.scope.blockable([network(block.prefix)])
    if not judged.allowed:
        guards = ", ".join(sorted({removal.guard for removal in judged.removed}))
        raise ScopeError(f"{place}: {block.prefix}: guarded by {guards}; reject it")
    return block


def _is_unratified(block: Block) -> bool:
    is_first = block.state in ("exported", "active") and block.approval == "ratify_later"
    return is_first and not block.approvals


def _approved(context: Context, block: Block, reason: str, is_bulk: bool) -> Block:
    actor, now = context.actor, context.clock.now()
    mine = Approval(login=actor.login, person=actor.person, at=now)
    if any(approval.login == actor.login for approval in block.approvals):
        raise ScopeError(f"block {block.no}: you approved it already; a second person must too")
    approvals = (*block.approvals, mine)
    needs_two = block.approval == "two_person" or (is_bulk and block.approval == "routine")
    decided = "approved" if not needs_two or len(approvals) > 1 else WAITING
    return replace(
        block,
        state=block.state if _is_unratified(block) else decided,
        approval="two_person" if needs_two else block.approval,
        approvals=approvals,
        approved_by=actor.login,
        approved_at=now,
        reason=reason,
    )


def first(context: Context, names: Sequence[str], why: str, reason: str = "") -> list[Block]:
    """先封后补: proposed single addresses, in force at once on the occasion of a drill or incident.

    Another login ratifies each within the hours of the settings with ``approve``; else the next
    export lets it go, and the devices do by themselves at that time.

    Raises:
        ScopeError: the actor may not block, the occasion is over, or one cannot be blocked first.
        ConfigError: no such block, drill or incident.
    """
    with audited(context, names, "first"):
        context.actor.require("block")
        found_occasion = occasion(context, why)
        wanted = [hurried(context, b, found_occasion, reason) for b in found(context, names)]
        keep_all(context, [_cited(block) for block in wanted])
        return _applied(context, wanted)


def reject(context: Context, names: Sequence[str], reason: str) -> list[Block]:
    """The proposals, turned down.

    Raises:
        ScopeError: the actor may not approve, so may not reject either.
        ConfigError: no such block.
    """
    with audited(context, names, "reject"):
        context.actor.require("approve")
        wanted = [replace(b, state="rejected", reason=reason) for b in found(context, names)]
        return _applied(context, wanted)


def release(
    context: Context, names: Sequence[str], reason: str, *, is_misblock: bool = False
) -> list[Block]:
    """The blocks, released: the next export leaves them out.

    Raises:
        ScopeError: the actor may not block, so may not release either.
        ConfigError: no such block.
    """
    from soc.records.block import Misblock

    now = context.clock.now()
    wrong = Misblock(
        reported_at=now, reported_by=context.actor.login, released_at=now, cause=reason
    )
    with audited(context, names, "release"):
        context.actor.require("block")
        wanted = [
            replace(
                block,
                state="released",
                released_at=now,
                release_reason=reason,
                periods=tuple(replace(p, end=p.end or now) for p in block.periods),
                misblock=wrong if is_misblock else block.misblock,
                reason=reason,
            )
            for block in found(context, names)
        ]
        return _applied(context, wanted)


def waiting(context: Context) -> list[str]:
    """Ids of what waits for the actor's approval: proposed or blocked first by somebody else."""
    stored = (cast("Block", b) for b in context.store.records.find("block", _WAITING))
    login = context.actor.login
    return [b.id for b in sorted(stored, key=_place) if _awaits(context, b, login)]


_WAITING = In("state", (WAITING, "exported", "active"), cased=True)


def _place(block: Block) -> Network:
    return network(block.prefix)


def _awaits(context: Context, block: Block, login: str) -> bool:
    if block.proposed_by == login:
        return False
    if block.state == WAITING:
        return True
    return _is_unratified(block) and may_ratify(context, block)


def blocks(context: Context, state: str | None = None) -> list[Block]:
    """Blocks in one state, or all, by network."""
    wanted = Equals("state", state, cased=True) if state else EVERYTHING
    stored = context.store.records.find("block", wanted)
    return sorted((cast("Block", b) for b in stored), key=_place)


def found(context: Context, names: Iterable[str]) -> list[Block]:
    """The blocks of these ids, numbers or networks, each once.

    Raises:
        ConfigError: a name that no block has.
    """
    by_id = {block.id: block for name in names for block in _named(context, name)}
    return list(by_id.values())


def _named(context: Context, name: str) -> list[Block]:
    records = context.store.records
    asked = Some(tuple(Equals(key, name, cased=True) for key in ("id", "no", "prefix")))
    stored = records.get("block", name)
    matches = [stored] if stored else list(records.find("block", asked))
    if not matches:
        raise ConfigError(f"block {name!r}: no such block; see soc block list")
    return [cast("Block", block) for block in matches]


def _applied(context: Context, wanted: Sequence[Block]) -> list[Block]:
    """The blocks as they are stored now, all changed in one transaction."""
    author, now = context.actor.author(), context.clock.now()
    changes = [
        Change(
            id=make_id(context.config.site.code, "change", b.id, b.revision, b.state, author.login),
            record=replace(b, at=now, author=author),
            expected=b.revision,
        )
        for b in wanted
    ]
    context.store.records.apply(changes)
    return found(context, [block.id for block in wanted])
