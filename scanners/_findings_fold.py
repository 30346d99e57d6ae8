"""What an observation makes of a finding's record: pure, from the record before to after.

Seen again it is updated; not seen by a run that could have seen it, twice, it is closed; a run
that could not have seen it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from soc.records import Author
from soc.records.finding import Finding

MOST_EVIDENCE = 5
SETTLED = ("closed", "false_positive")


@dataclass(frozen=True, slots=True)
class Coverage:
    """A run that could have seen the finding, and did not."""

    at: datetime
    author: Author
    reason: str  # of the change, when it closes


def seen(before: Finding | None, now: Finding, *, is_fresh: bool) -> Finding | None:
    """The record after the check found it; None where nothing is new.

    What was asked on an earlier day opens a finding, but says nothing new of one that is known.
    """
    if before is None:
        return now
    if not is_fresh:
        return None
    if now.last_seen <= before.last_seen:  # an older scan, imported later
        first = min(before.first_seen, now.first_seen)
        return replace(before, first_seen=first) if first < before.first_seen else None
    reopened = before.state == "closed"
    return replace(
        before,
        state="open" if reopened else before.state,
        at=now.at,
        author=now.author,
        reason=now.reason if reopened else before.reason,
        title=now.title,
        grade=now.grade if before.graded_by == now.graded_by else before.grade,
        vector=now.vector if before.graded_by == now.graded_by else before.vector,
        confidence=now.confidence,
        unit=now.unit or before.unit,
        system=now.system or before.system,
        asset=now.asset or before.asset,
        vantage=now.vantage or before.vantage,
        last_seen=now.last_seen,
        last_covered=now.last_seen,
        recurrences=before.recurrences + reopened,
        evidence=(*before.evidence, *now.evidence)[-MOST_EVIDENCE:],
    )


def absent(before: Finding, covering: Coverage) -> Finding | None:
    """The record after a covering run without it; the second such run in a row closes it."""
    if before.state in SETTLED or covering.at <= (before.last_covered or before.last_seen):
        return None
    was_absent = before.last_covered is not None and before.last_covered > before.last_seen
    return replace(
        before,
        state="closed" if was_absent else before.state,
        at=covering.at,
        author=covering.author,
        reason=covering.reason if was_absent else before.reason,
        last_covered=covering.at,
    )
