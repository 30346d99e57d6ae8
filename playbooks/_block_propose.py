"""The job ``block propose``: block records from alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from playbooks._block_audit import audited
from playbooks._block_candidates import (
    MOST_EVIDENCE,
    STANDING,
    Candidate,
    Skip,
    candidates,
    concerns,
    subclass,
)
from playbooks._block_params import ProposeParams
from playbooks._block_settings import Settings
from soc.errors import ConfigError, ScopeError
from soc.jobs import Outcome
from soc.net import Network, common, network
from soc.records import make_id, number
from soc.records.block import Block, Guard
from soc.store import Change
from soc.where import In

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.alert import Alert
    from soc.scope import Blockable, Removal

SERIES = "FD"  # 封堵单
_ENDED = ("released", "expired", "rejected", "rolled_back")
_TWO_PERSON = {4: 24, 6: 48}  # prefix length; a wider network needs two approvals


def propose(params: ProposeParams, context: Context) -> Outcome:
    """Proposed blocks for what open alerts blame; what is guarded is refused by name.

    Repeated, it changes nothing; a new alert about a network that is proposed or blocked
    joins it as another reason.

    Raises:
        ConfigError: a named alert does not exist.
        ScopeError: networks are named without an alert that gives evidence.
        InputError: a named network is none.
    """
    settings = context.config.plugin("playbooks.block", Settings)
    alerts = _alerts(params, settings, context)
    with audited(context, params.networks, "propose"):
        wanted, skips = _named(params, alerts) if params.networks else candidates(alerts)
    judged = context.scope.blockable(candidate.network for candidate in wanted)
    plan = _Plan(context, params, settings)
    removed: dict[Network, list[Removal]] = {}
    for removal in judged.removed:
        removed.setdefault(removal.network, []).append(removal)
    for candidate in wanted:
        if common(judged.allowed, candidate.network):
            plan.take(candidate, removed.get(candidate.network, []))
    context.store.records.apply(plan.changes())
    return _outcome(plan, _refused(judged), skips)


def _refused(judged: Blockable) -> list[Removal]:
    """Removals of networks of which nothing is left."""
    return [r for r in judged.removed if not common(judged.allowed, r.network)]


class _Plan:
    """Changes that the candidates lead to, and what they are to people."""

    def __init__(self, context: Context, params: ProposeParams, settings: Settings) -> None:
        self._changes: list[Change] = []
        self.proposed: list[Block] = []
        self.joined: list[Block] = []
        self._context = context
        self._terms = _Terms(params, settings)

    def changes(self) -> list[Change]:
        """What is to be stored; proposals in bulk need two approvals, each of them."""
        if len(self.proposed) <= self._terms.bulk:
            return self._changes
        return [_two_person(change) for change in self._changes]

    def take(self, candidate: Candidate, removed: list[Removal]) -> None:
        """Plan the change for one candidate; none where all of it is known."""
        context, terms = self._context, self._terms
        prefix = str(candidate.network)
        id = Block.key(context.config.site.code, prefix, terms.direction, terms.scope)
        before = cast("Block | None", context.store.records.get("block", id))
        fresh = _fresh(candidate, before)
        if not fresh.alerts:
            return
        if before is None or before.state in _ENDED:
            record = _proposal(fresh, id, before, terms, context, removed)
            self.proposed.append(record)
        else:
            record = _joined(before, fresh, context)
            self.joined.append(record)
        revision = before.revision if before else 0
        alerts = sorted(alert.id for alert in fresh.alerts)
        change = make_id(context.config.site.code, "change", id, revision, *alerts)
        self._changes.append(Change(change, record, expected=revision))


class _Terms:
    """How long a block stands, where, and in which direction."""

    def __init__(self, params: ProposeParams, settings: Settings) -> None:
        self.scope = settings.scope
        self.direction = settings.direction
        self.bulk = settings.bulk
        self.approval = settings.approval
        self._days = params.days
        self._settings = settings

    def end(self, candidate: Candidate, before: Block | None, now: datetime) -> datetime:
        """Now and the longest span that any of its reasons gives; longer for one that returns."""
        if self._days is not None:
            return now + timedelta(days=self._days)
        known, default = self._settings.days, self._settings.default_days
        spans = [known.get(subclass(a.category), default) for a in candidate.alerts]
        ladder = self._settings.repeat_days
        times = min(len(before.periods) if before else 0, len(ladder) - 1)
        return now + timedelta(days=max(*spans, ladder[times]) if spans else default)


def _two_person(change: Change) -> Change:
    record = cast("Block", change.record)
    is_routine = record.state == "proposed" and record.approval == "routine"
    return replace(change, record=replace(record, approval="two_person")) if is_routine else change


def _alerts(params: ProposeParams, settings: Settings, context: Context) -> list[Alert]:
    """The alerts that were named, or all that concern us."""
    records = context.store.records
    if params.alerts:
        named = [(name, records.get("alert", name)) for name in params.alerts]
        absent = [name for name, record in named if record is None]
        if absent:
            raise ConfigError(f"alert {absent[0]!r}: no such alert; see soc alerts list")
        return [cast("Alert", record) for _, record in named]
    least = params.min_severity or settings.min_severity
    found = records.find("alert", In("state", STANDING, cased=True))
    stored = (cast("Alert", record) for record in found)
    return [alert for alert in stored if concerns(alert, least, params.category)]


def _named(params: ProposeParams, alerts: Sequence[Alert]) -> tuple[list[Candidate], list[Skip]]:
    """Networks that a person names, on the evidence of alerts that a person names."""
    if not params.alerts or not any(alert.evidence for alert in alerts):
        raise ScopeError(
            f"block propose: {params.networks[0]}: no evidence; name an alert with --alert"
        )
    return [Candidate(network(text), tuple(alerts)) for text in params.networks], []


def _fresh(candidate: Candidate, before: Block | None) -> Candidate:
    """The candidate with the alerts that the block does not rest on yet.

    A block that simply ended is proposed again by an alert that went on after its end; one
    that a person turned down or released only by a new alert.
    """
    if before is None:
        return candidate
    known = {reason.alert for reason in before.reasons}
    ended = before.expires_at if before.state == "expired" else None
    return Candidate(
        candidate.network,
        tuple(a for a in candidate.alerts if a.id not in known or (ended and a.last_seen > ended)),
    )


def _proposal(
    candidate: Candidate,
    id: str,
    before: Block | None,
    terms: _Terms,
    context: Context,
    removed: list[Removal],
) -> Block:
    now = context.clock.now()
    is_live = any(alert.origin == "live" for alert in candidate.alerts)
    return Block(
        id=id,
        no=_next_number(context, now),
        state="proposed",
        origin="live" if is_live else candidate.alerts[0].origin,
        revision=before.revision if before else 0,
        at=now,
        author=context.actor.author(),
        drills=tuple(sorted({drill for alert in candidate.alerts for drill in alert.drills})),
        prefix=str(candidate.network),
        direction=terms.direction,
        scope=terms.scope,
        reasons=candidate.reasons,
        periods=before.periods if before else (),
        hits=candidate.hits,
        first_seen=candidate.first_seen,
        last_seen=candidate.last_seen,
        guard_hits=tuple(Guard(guard=r.guard, overlap=str(r.overlap)) for r in removed),
        proposed_by=context.actor.login,
        approval="two_person" if _is_wide(candidate.network) else terms.approval,
        expires_at=terms.end(candidate, before, now),
        renewals=before.renewals + 1 if before else 0,
        evidence=candidate.evidence,
    )


def _is_wide(found: Network) -> bool:
    return found.length < _TWO_PERSON[found.family]


def _next_number(context: Context, now: datetime) -> str:
    year = context.calendar.date_of(now).year
    return number(SERIES, year, context.store.records.next_number(SERIES, year))


def _joined(before: Block, candidate: Candidate, context: Context) -> Block:
    """The block with further reasons: they extend what is known of it, never its life."""
    evidence = dict.fromkeys((*before.evidence, *candidate.evidence))
    is_waiting = before.state == "proposed"
    hits, after = before.hits or 0, before.hits_after or 0
    return replace(
        before,
        at=context.clock.now(),
        author=context.actor.author(),
        reasons=(*before.reasons, *candidate.reasons),
        evidence=tuple(evidence)[:MOST_EVIDENCE],
        hits=hits + candidate.hits if is_waiting else before.hits,
        hits_after=before.hits_after if is_waiting else after + candidate.hits,
        last_seen=max(before.last_seen or candidate.last_seen, candidate.last_seen),
    )


def _outcome(plan: _Plan, refused: list[Removal], skips: list[Skip]) -> Outcome:
    value: dict[str, Any] = {
        "proposed": [_line(block) for block in plan.proposed],
        "joined": [_line(block) for block in plan.joined],
        "refused": [
            {"network": str(r.network), "guard": r.guard, "overlap": str(r.overlap)}
            for r in refused
        ],
        "skipped": [{"address": s.address, "alert": s.alert, "why": s.why} for s in skips],
    }
    return Outcome(counts={key: len(found) for key, found in value.items()}, value=value)


def _line(block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "no": block.no,
        "network": block.prefix,
        "expires_at": block.expires_at.isoformat() if block.expires_at else None,
        "alerts": [reason.alert for reason in block.reasons],
        "guard_hits": [{"guard": g.guard, "overlap": g.overlap} for g in block.guard_hits],
    }
