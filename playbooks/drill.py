"""Drills: several at once, each with its register, its log and its timeline.

Alerts and blocks belong to a drill by what they say, else by time and by what was registered
(``soc.metrics.drills``); numbers and times are counted there, for the command line and for the
report alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints

from playbooks import _drill_names as names
from playbooks._drill_audit import audited
from playbooks._drill_check import Lack, lacks
from playbooks._drill_params import Registration, moment, split, today_at
from soc import evidence
from soc.errors import InputError, StoreError
from soc.evidence import Citation
from soc.metrics import COUNTED, question
from soc.metrics import drills as counted
from soc.query import Period
from soc.records import make_id, number
from soc.records.drill import Drill, Participant, Post
from soc.records.entry import Entry, Stage
from soc.store import Change

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context
    from soc.metrics import Question
    from soc.metrics._drills_timeline import Moment

SERIES = "YL"
RIGHT = "judge"  # what registers a drill changes which numbers count as drill, and what is blocked
_WAY = {
    "planned": ("running", "review", "closed"),
    "running": ("review", "closed"),
    "review": ("closed",),
}


def new(context: Context, asked: Registration) -> Drill:
    """The drill, registered.

    Raises:
        ScopeError: the actor may not judge.
        InputError: a unit or system is unknown, a network or time is none, or the end comes first.
    """
    with audited(context, asked.name, "new"):
        context.actor.require(RIGHT)
    draft = _draft(context, asked)
    if draft.end is not None and draft.end <= draft.start:
        raise InputError(f"--to: {asked.end!r}: lies before the begin; give a later time")
    if context.store.records.get("drill", draft.id):
        raise InputError(f"drill {asked.name!r}: is registered already for {draft.year}")
    year = context.calendar.date_of(context.clock.now()).year
    no = number(SERIES, year, context.store.records.next_number(SERIES, year))
    context.store.records.apply([Change(f"{draft.id}/1", replace(draft, no=no), 0)])
    return cast("Drill", context.store.records.get("drill", draft.id))


def _draft(context: Context, asked: Registration) -> Drill:
    now, calendar, records = context.clock.now(), context.calendar, context.store.records
    start = moment(asked.start, calendar, "--from")
    end = moment(asked.end, calendar, "--to", is_end=True) if asked.end else None
    year = calendar.date_of(start).year
    return Drill(
        id=make_id(context.config.site.code, "drill", asked.name, year),
        state=standing_at(start, end, now),
        origin=_choice("origin", asked.origin, "--origin"),
        at=now,
        author=context.actor.author(),
        name=asked.name,
        year=year,
        level=_choice("level", asked.level, "--level"),
        type=_choice("type", asked.type, "--kind"),
        organiser=asked.organiser,
        our_role=_choice("our_role", asked.role, "--role"),
        start=start,
        end=end,
        participants=tuple(_participant(context, text) for text in asked.units),
        targets=tuple(dict.fromkeys(names.target(records, text) for text in asked.targets)),
        attack_sources=names.networks(asked.attack_sources, "--attack-source"),
        protected=names.networks(asked.protected, "--protected"),
        posts=tuple(_post(text) for text in asked.posts),
    )


def standing_at(start: datetime, end: datetime | None, now: datetime) -> str:
    """Where a drill of that time stands, unless people have closed or cancelled it."""
    if now < start:
        return "planned"
    return "running" if end is None or now < end else "review"


def standing(drill: Drill, now: datetime) -> str:
    """The drill's state; one that nobody closed goes by its time."""
    if drill.state in ("closed", "cancelled"):
        return drill.state
    return standing_at(drill.start, drill.end, now)


def _choice(field: str, value: str | None, option: str) -> Any:
    """A value among those that the field knows."""
    hint = get_type_hints(Drill)[field]
    known = [v for part in (hint, *get_args(hint)) for v in get_args(part) if isinstance(v, str)]
    if value is not None and value not in known:
        raise InputError(f"{option}: {value!r}: use one of {', '.join(dict.fromkeys(known))}")
    return value


def _participant(context: Context, text: str) -> Participant:
    name, role = split(text)
    return Participant(unit=names.unit_id(context.store.records, name), role=role or None)


def _post(text: str) -> Post:
    name, people = split(text)
    listed = people.replace("、", ",").replace("，", ",").split(",")
    return Post(name=name, people=tuple(p.strip() for p in listed if p.strip()))


def find(context: Context, named: str) -> Drill:
    """The drill of an id, a number or a name; of drills of one name the latest.

    Raises:
        InputError: none is called so.
    """
    if exact := context.store.records.get("drill", named):
        return cast("Drill", exact)
    found = [each for each in listed(context) if named in (each.no, each.name)]
    if not found:
        raise InputError(f"drill {named!r}: no such drill; see `soc drill list`")
    return found[0]


def listed(context: Context) -> list[Drill]:
    """Every drill, the latest first."""
    found = (cast("Drill", each) for each in context.store.records.find("drill"))
    return sorted(found, key=lambda each: (each.start, each.id), reverse=True)


def log(
    context: Context,
    drill: Drill,
    text: str,
    *,
    at: str | None = None,
    stage: str | None = None,
    files: Sequence[Path] = (),
) -> Entry:
    """What somebody writes into the drill's log; written twice it is one entry.

    Raises:
        InputError: no text, no such stage, no time, or a file that cannot be read.
        StoreError: the drill is closed.
    """
    if not text.strip():
        raise InputError("drill log: no text; write what happened")
    if drill.state in ("closed", "cancelled"):
        raise StoreError(f"drill {drill.no}: is {drill.state}; its log is closed too")
    if stage is not None and stage not in get_args(Stage):
        raise InputError(f"--stage: {stage!r}: use one of {', '.join(get_args(Stage))}")
    now = context.clock.now()
    happened = today_at(at, now, context.calendar, "--at") if at else now
    login = context.actor.login
    id = Entry.key(context.config.site.code, drill.id, happened, text, login)
    kept = [evidence.keep_file(context, f, (drill.id, id), evidence.of_kind(f)) for f in files]
    entry = Entry(
        id=id,
        state="kept",
        origin=drill.origin,
        at=now,
        author=context.actor.author(),
        about=drill.id,
        happened_at=happened,
        stage=cast("Stage | None", stage),
        text=text,
        evidence=tuple(each.id for each in kept),
    )
    context.store.records.apply([Change(f"{id}/1", entry)])
    return cast("Entry", context.store.records.get("entry", id))


def asked(context: Context, drill: Drill) -> Question:
    """The question whose numbers are of the drill, up to now."""
    now = context.clock.now()
    origins = ("simulated",) if drill.origin == "simulated" else COUNTED
    period = Period(drill.start, max(drill.start, drill.end or now))
    return question(period, context, now, origins, drill.id)


def timeline(context: Context, drill: Drill) -> list[Moment]:
    """What happened, in order of time: alerts, blocks and the log joined."""
    return counted.timeline(asked(context, drill))


def check(context: Context, drill: Drill) -> list[Lack]:
    """What is still missing before its report can be handed in."""
    question = asked(context, drill)
    named = [a.id for a in counted.alerts(question)] + [b.id for b in counted.blocks(question)]
    rests = {e.id for id in (drill.id, *named) for e in evidence.kept_for(context, id)}
    files = {c.id: c.standing for c in evidence.verify(context) if c.id in rests and c.id}
    return lacks(drill, question, files)


def close(context: Context, drill: Drill, reason: str = "") -> Drill:
    """The drill, closed: it ends now where it had not ended, and what it rests on is kept.

    Raises:
        ScopeError: the actor may not judge.
        StoreError: it is closed or cancelled already, or evidence cannot be written.
    """
    with audited(context, drill.no or drill.id, "close"):
        context.actor.require(RIGHT)
    if drill.state not in _WAY:
        raise StoreError(f"drill {drill.no}: is {drill.state} already")
    alerts = counted.alerts(asked(context, drill))
    evidence.keep_all(
        context,
        [Citation(a.evidence, (a.id, drill.id), a.first_seen, a.last_seen) for a in alerts],
    )
    now = context.clock.now()
    end = now if drill.end is None or drill.end > now else drill.end
    after = replace(
        drill, end=max(end, drill.start), at=now, author=context.actor.author(), reason=reason
    )
    for step, state in enumerate(_WAY[drill.state], start=drill.revision):
        after = replace(after, state=state)
        context.store.records.apply([Change(f"{drill.id}/{step + 1}", after, step)])
    return cast("Drill", context.store.records.get("drill", drill.id))
