"""What is still missing before a drill's report can be handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc.metrics import drills as counted
from soc.metrics._drills_times import holds, in_force_from
from soc.net import common, merge, network

if TYPE_CHECKING:
    from soc.metrics import Question
    from soc.records.alert import Alert
    from soc.records.drill import Drill
    from soc.records.entry import Entry

_PROVEN = ("judge", "respond", "trace", "report")  # stages of which somebody will ask for proof


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing to mend: which, and the record that it is about."""

    what: str
    record: str
    detail: str = ""


def lacks(drill: Drill, asked: Question, files: Mapping[str, str]) -> list[Lack]:
    """All that is missing or cannot be; the register first, then alerts, then the log.

    Args:
        asked: the question of the drill (``playbooks.drill.asked``).
        files: evidence id -> what became of its file, for evidence that the drill rests on.
    """
    blocked = [b for b in counted.blocks(asked) if in_force_from(b)]
    kept_out = {a.id for a in counted.alerts(asked) if any(holds(b, a) for b in blocked)}
    found = [*_register(drill)]
    found += [each for a in counted.alerts(asked) for each in _alert(a, kept_out)]
    found += [each for e in counted.entries(asked) for each in _entry(e, drill)]
    broken = (Lack("evidence_broken", id, said) for id, said in files.items() if said != "ok")
    return [*found, *broken]


def _register(drill: Drill) -> Iterator[Lack]:
    wanted = {
        "no_organiser": drill.organiser,
        "no_role": drill.our_role,
        "no_end": drill.end,
        "no_participants": drill.participants,
        "no_bounds": drill.attack_sources or drill.targets,
        "no_posts": drill.posts,
    }
    yield from (Lack(what, drill.id) for what, value in wanted.items() if not value)
    sources = merge(network(text) for text in drill.attack_sources)
    for text in drill.protected:
        for overlap in common(sources, network(text)):
            yield Lack("protected_source", drill.id, str(overlap))


def _alert(alert: Alert, kept_out: set[str]) -> Iterator[Lack]:
    if alert.state in ("open", "acknowledged"):
        yield Lack("open_alert", alert.id, alert.title)
    if alert.verdict != "attack":
        return
    if not alert.evidence:
        yield Lack("no_evidence", alert.id, alert.title)
    if alert.attackers and alert.id not in kept_out:
        yield Lack("not_blocked", alert.id, alert.title)
    if alert.judged_at is not None and alert.judged_at < alert.first_seen:
        yield Lack("judged_before", alert.id, alert.title)


def _entry(entry: Entry, drill: Drill) -> Iterator[Lack]:
    is_after = drill.end is not None and entry.happened_at > drill.end
    if entry.stage not in ("prepare", "review") and (entry.happened_at < drill.start or is_after):
        yield Lack("entry_outside", entry.id, entry.text)
    if entry.stage in _PROVEN and not entry.evidence:
        yield Lack("entry_unproven", entry.id, entry.text)
    if entry.happened_at > entry.at:
        yield Lack("entry_ahead", entry.id, entry.text)
