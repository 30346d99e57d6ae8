"""Matches of our rules, and the alerts folded from them, by level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from soc.metrics._ask import total
from soc.metrics._number import Metric, Question
from soc.query import Period
from soc.records.alert import Alert
from soc.where import Exists, In, Not, Range, Some

LEVELS = ("critical", "high", "medium", "low", "informational")
OPEN = ("open", "acknowledged")


def alerts(asked: Question) -> list[Alert]:
    """Alerts that the period touches: first seen in it, closed in it, or still open."""

    def read() -> list[Alert]:
        start, end = asked.period.start.isoformat(), asked.period.end.isoformat()
        touched = Some(
            (
                Range("first_seen", low=start, high=end, with_high=False),
                Range("judged_at", low=start, high=end, with_high=False),
                In("state", OPEN),
            )
        )
        return [cast("Alert", each) for each in asked.records("alert", touched)]

    return asked.once("alerts", read)


def opened(asked: Question) -> list[Alert]:
    """Alerts first seen in the period, suppressed ones left out."""
    period = asked.period
    return [a for a in alerts(asked) if within(a.first_seen, period) and a.state != "suppressed"]


def still_open(asked: Question) -> list[Alert]:
    """Alerts first seen up to the end of the period that nobody has closed by now."""
    end = asked.period.end
    return [a for a in alerts(asked) if a.first_seen < end and a.state in OPEN]


def severe(asked: Question) -> list[Alert]:
    """Alerts of level critical or high that nobody has closed by now."""
    return [a for a in still_open(asked) if a.severity in ("critical", "high")]


def urgent(asked: Question) -> list[Alert]:
    """Alerts of attacks that succeeded, which nobody has closed by now."""
    return [a for a in still_open(asked) if a.result in ("succeeded", "compromised")]


def closed(asked: Question) -> list[Alert]:
    """Alerts judged and closed in the period."""
    period = asked.period
    return [a for a in alerts(asked) if a.state == "closed" and within(a.judged_at, period)]


def within(at: datetime | None, period: Period) -> bool:
    return at is not None and period.start <= at < period.end


def matches(asked: Question) -> float | None:
    """Distinct matches that no suppression hid."""
    shown = Not(Exists("soc.match.suppressed_by"))
    return total(asked, "match", shown, function="distinct", column="soc.match.key")


def _of(metric_id: str, choose: Callable[[Question], list[Alert]]) -> Metric:
    def count(asked: Question) -> float:
        return len(choose(asked))

    def by_level(asked: Question) -> Mapping[str, float]:
        return Counter(alert.severity for alert in choose(asked))

    count.__doc__ = choose.__doc__
    return Metric(metric_id, "items", "down", count, (), parts={"level": by_level})


METRICS = (
    Metric("matches", "items", "neutral", matches, ("match",)),
    _of("alerts_opened", opened),
    _of("alerts_open", still_open),
    _of("alerts_severe", severe),
    _of("alerts_urgent", urgent),
    _of("alerts_closed", closed),
)
