"""Drills: what was seen, judged and kept out, and how long that took.

Asked about one drill (``Question.subject``) the numbers are of that drill; else of every drill
that falls into the period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from soc.metrics._drills_members import Bounds, has_alert, has_block
from soc.metrics._drills_timeline import Moment
from soc.metrics._drills_timeline import timeline as joined
from soc.metrics._drills_times import Times, percentile, times
from soc.metrics._number import Metric, Question, Unit, by_register
from soc.metrics.attacks import DENIED, attacks_of
from soc.records import Record
from soc.records.alert import Alert
from soc.records.block import Block
from soc.records.drill import Drill
from soc.records.entry import Entry
from soc.where import All, Cidr, Equals, In, Not, Some, Where

R = TypeVar("R", bound=Record)
SUCCEEDED = ("succeeded", "compromised")


def drills(asked: Question) -> list[Drill]:
    """The drill that is asked about, or all that fall into the period; cancelled ones do not."""

    def read() -> list[Drill]:
        where = Equals("id", asked.subject, cased=True) if asked.subject else All()
        found = [cast("Drill", each) for each in asked.records("drill", where)]
        kept = (each for each in found if each.state != "cancelled")
        return [each for each in kept if asked.subject or _falls(each, asked)]

    return asked.once("drills", read)


def _falls(drill: Drill, asked: Question) -> bool:
    start, end = asked.period.start, asked.period.end
    return drill.start < end and (drill.end is None or drill.end > start)


def _bounds(asked: Question) -> list[Bounds]:
    return asked.once("drill bounds", lambda: [Bounds.of(each) for each in drills(asked)])


def alerts(asked: Question) -> list[Alert]:
    """Alerts of the drill, those that a suppression hides left out."""

    def read() -> list[Alert]:
        bounds = _bounds(asked)
        if not bounds:
            return []
        found = (cast("Alert", each) for each in asked.records("alert", _VISIBLE))
        known = (each for each in found if any(has_alert(b, each) for b in bounds))
        return sorted((a for a in known if _counts(a, asked)), key=lambda a: (a.first_seen, a.id))

    return asked.once("drill alerts", read)


_VISIBLE: Where = Not(Equals("state", "suppressed"))


def _counts(alert: Alert, asked: Question) -> bool:
    """Of one drill every alert counts; of a period those that fall into it."""
    start, end = asked.period.start, asked.period.end
    return bool(asked.subject) or (alert.first_seen < end and alert.last_seen >= start)


def judged(asked: Question) -> list[Alert]:
    """Alerts of the drill that have a verdict."""
    return [each for each in alerts(asked) if each.verdict is not None]


def confirmed(asked: Question) -> list[Alert]:
    """Alerts of the drill judged to be an attack."""
    return [each for each in alerts(asked) if each.verdict == "attack"]


def succeeded(asked: Question) -> list[Alert]:
    """Alerts of the drill whose attack succeeded, as far as is known."""
    return [each for each in alerts(asked) if each.result in SUCCEEDED]


def unfinished(asked: Question) -> list[Alert]:
    """Alerts of the drill that nobody has closed by now."""
    return [each for each in alerts(asked) if each.state in ("open", "acknowledged")]


def blocks(asked: Question) -> list[Block]:
    """Blocks of the drill, proposals and what was turned down among them."""

    def read() -> list[Block]:
        bounds = _bounds(asked)
        if not bounds:
            return []
        found = [cast("Block", each) for each in asked.records("block")]
        ids = {b.id: frozenset(a.id for a in alerts(asked) if has_alert(b, a)) for b in bounds}
        return [each for each in found if any(has_block(b, each, ids[b.id]) for b in bounds)]

    return asked.once("drill blocks", read)


def approved(asked: Question) -> list[Block]:
    """Blocks of the drill that somebody approved."""
    return [b for b in blocks(asked) if b.approved_at and b.state not in ("proposed", "rejected")]


def entries(asked: Question) -> list[Entry]:
    """What the teams wrote into the logs of the drill, in order of time."""

    def read() -> list[Entry]:
        ids = [drill.id for drill in drills(asked)]
        where = Some(tuple(Equals("about", id, cased=True) for id in ids))
        found = [cast("Entry", each) for each in asked.records("entry", where)]
        return sorted(found, key=lambda each: (each.happened_at, each.at, each.id))

    return asked.once("drill entries", read)


def spans(asked: Question) -> list[Times]:
    """Times of each alert of the drill."""

    def read() -> list[Times]:
        held = blocks(asked)
        return [times(history, held) for history in histories(asked)]

    return asked.once("drill times", read)


def histories(asked: Question) -> list[list[Alert]]:
    """Each alert of the drill with its revisions, oldest first."""

    def read() -> list[list[Alert]]:
        history = asked.context.store.records.history
        return [_known(history("alert", a.id), asked, a) for a in alerts(asked)]

    return asked.once("drill histories", read)


def timeline(asked: Question) -> list[Moment]:
    """What happened in the drill, in order of time."""
    history = asked.context.store.records.history
    held = [_known(history("block", each.id), asked, each) for each in blocks(asked)]
    return joined(drills(asked), histories(asked), held, entries(asked))


def _known(revisions: Sequence[Record], asked: Question, latest: R) -> list[R]:
    """The revisions that had been made by the time that is asked about."""
    found = (cast("R", each) for each in revisions)
    return [r for r in found if asked.as_of is None or r.at <= asked.as_of] or [latest]


def attacks(asked: Question) -> float:
    """Attacks that devices refused, from registered sources or on registered targets."""
    concerned = _concerned(asked)
    if not concerned.parts:
        return 0
    return len(attacks_of(asked, ("alert", "firewall"), All((DENIED, concerned))))


def _concerned(asked: Question) -> Some:
    bounds = _bounds(asked)
    sources = sorted({str(each) for b in bounds for each in b.sources})
    targets = sorted({str(each) for b in bounds for each in b.targets})
    systems = tuple(sorted({name for b in bounds for name in b.systems}))
    found = [Cidr(end, each) for each in sources for end in ("source.ip", "network.forwarded_ip")]
    found += [Cidr("destination.ip", each) for each in targets]
    named = [In("soc.destination.system", systems, cased=True)] if systems else []
    return Some((*found, *named))


def by_unit(found: Iterable[Alert]) -> Mapping[str, float]:
    """Member: the unit first named as victim; ``""``: nobody's."""
    return Counter(unit_of(each) for each in found)


def by_time(asked: Question, found: Iterable[Alert], pattern: str) -> Mapping[str, float]:
    """Member: the hour (``%H``) or day of the first event, on the site's clock."""
    zone = ZoneInfo(asked.context.config.site.time_zone)
    return Counter(each.first_seen.astimezone(zone).strftime(pattern) for each in found)


def unit_of(alert: Alert) -> str:
    """The unit first named as victim; ``""`` for none."""
    return next((victim.unit for victim in alert.victims if victim.unit), "")


def _count(metric_id: str, choose: Callable[[Question], list[Alert]]) -> Metric:
    parts = {
        "unit": lambda asked: by_unit(choose(asked)),
        "hour": lambda asked: by_time(asked, choose(asked), "%H"),
        "day": lambda asked: by_time(asked, choose(asked), "%Y-%m-%d"),
    }
    return _of(metric_id, choose, parts)


def _of(
    metric_id: str,
    choose: Callable[[Question], list[Alert]] | Callable[[Question], list[Block]],
    parts: Mapping[str, Callable[[Question], Mapping[str, float]]] | None = None,
) -> Metric:
    def count(asked: Question) -> float:
        return len(choose(asked))

    count.__doc__ = choose.__doc__
    return Metric(metric_id, "items", "neutral", count, coverage=by_register, parts=parts or {})


def _time(metric_id: str, span: str, share: float) -> Metric:
    def measure(asked: Question) -> float | None:
        return percentile((getattr(each, span) for each in spans(asked)), share)

    measure.__doc__ = f"The {share:.0%} point of {span} over the alerts of the drill."
    unit: Unit = "seconds"
    return Metric(metric_id, unit, "down", measure, coverage=by_register)


METRICS = (
    Metric("drill_attacks_blocked", "times", "neutral", attacks, ("alert", "firewall")),
    _count("drill_alerts", alerts),
    _count("drill_judged", judged),
    _count("drill_confirmed", confirmed),
    _count("drill_succeeded", succeeded),
    _count("drill_open", unfinished),
    _of("drill_blocks", approved),
    _time("drill_detect_median", "detect_s", 0.5),
    _time("drill_detect_p90", "detect_s", 0.9),
    _time("drill_judge_median", "judge_s", 0.5),
    _time("drill_judge_p90", "judge_s", 0.9),
    _time("drill_contain_median", "contain_s", 0.5),
    _time("drill_contain_p90", "contain_s", 0.9),
)
