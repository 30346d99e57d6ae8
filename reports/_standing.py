"""The grade of page 1, by a rule that is printed under it."""

from __future__ import annotations

from dataclasses import dataclass

from reports._model import Grade

FULL_COVERAGE = 0.95  # below it the day is not "excellent"
ENOUGH_COVERAGE = 0.80  # below it the day is at best "fair"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the grade rests on."""

    coverage: float | None  # of all sources, 0 to 1; None: no source known
    urgent: float  # open alerts of attacks that succeeded
    severe: float  # open alerts of level critical or high
    open: float  # all open alerts


def grade(facts: Facts) -> Grade:
    """The first of these that holds.

    Poor: an attack seems to have succeeded and is still open. Unknown: no source delivered.
    Fair: severe alerts are open, or less than 80 % of the data came. Good: any alert is open,
    or less than 95 % came. Else excellent.
    """
    if facts.urgent:
        return "poor"
    if not facts.coverage:
        return "unknown"
    if facts.severe or facts.coverage < ENOUGH_COVERAGE:
        return "fair"
    if facts.open or facts.coverage < FULL_COVERAGE:
        return "good"
    return "excellent"
