"""One system's facts to a verdict; pure, so that a verdict can be made again from its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from detections import _zombies_score as points
from detections import _zombies_window as days
from detections._zombies_facts import Class, Judgement, Line, Look, Share, SystemFacts, Use, Window

if TYPE_CHECKING:
    from detections._zombies_settings import ZombieSettings

_LOST_LOOKS = 3
_DECLARED, _BURST = 39, 59
_BURST_DAYS = (3, 60)  # of real use within a year, undeclared
_LONGEST_DAYS = 366  # of a declaration; one that ends later was not confirmed again
_ANSWERED_DAYS = 30
_CONTRIBUTES = {"passive": 1, "active": 8, "governance": 6}  # least points of a family


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts within the days and scans that count."""

    facts: SystemFacts
    today: date
    settings: ZombieSettings
    guards: bool
    window: Window
    use: Use
    looks: tuple[Look, ...]  # the latest ones
    valid: tuple[Look, ...]  # of these, those that a verdict may rest on


def evaluate(
    facts: SystemFacts, settings: ZombieSettings, today: date, *, guards: bool = True
) -> Judgement:
    """The class that the facts come to on a day, with score, evidence and what is missing.

    Without ``guards`` missing data counts as silence: that is for trials of the method only.
    """
    seen = _seen(facts, settings, today, guards)
    if not facts.is_registered:
        return Judgement("shadow", use=seen.use, window=seen.window)
    if facts.state == "retired":
        return _retired(seen)
    if guards and (why := _unscored(seen)):
        return Judgement("unscored", missing=(why,), use=seen.use, window=seen.window)
    return _judged(seen)


def _seen(facts: SystemFacts, settings: ZombieSettings, today: date, guards: bool) -> Seen:
    window = (
        days.observed(facts.daily, today, settings)
        if guards
        else days.calendar_days(today, settings)
    )
    first = today - timedelta(days=settings.scan_days)
    looks = tuple(look for look in facts.looks if first <= look.on <= today)[-settings.scans :]
    valid = tuple(k for k in looks if not guards or (k.is_valid and k.outcome != "unknown"))
    use = days.used(facts.daily, window, today, settings)
    return Seen(facts, today, settings, guards, window, use, looks, valid)


def _unscored(seen: Seen) -> str | None:
    """Why nothing may be said of it."""
    if seen.facts.excluded:
        return seen.facts.excluded
    return "new" if points.is_new(seen.facts, seen.today, seen.settings) else None


def _retired(seen: Seen) -> Judgement:
    """Off by the ledger: whatever answers all the same is told, and nothing else."""
    lines = () if seen.facts.excluded else tuple(_answers(seen))
    base = {"use": seen.use, "window": seen.window, "scans": _runs(seen)}
    if not lines:
        return Judgement("unscored", missing=("retired",), **base)  # type: ignore[arg-type]
    return Judgement("answering", lines=lines, **base)  # type: ignore[arg-type]


def _answers(seen: Seen) -> list[Line]:
    lines = []
    if seen.valid and seen.valid[-1].outcome in ("open", "alive"):
        look = seen.valid[-1]
        lines.append(Line("active", "retired.scan", 0, look.on.isoformat(), "-", look.run))
    last = max(filter(None, (seen.use.last, seen.facts.answered_on)), default=None)
    if last is not None and (seen.today - last).days <= _ANSWERED_DAYS:
        told = (last.isoformat(), f"<= {_ANSWERED_DAYS} d")
        lines.append(Line("passive", "retired.client", 0, *told, "flow"))
    return lines


def _judged(seen: Seen) -> Judgement:
    lines = _lines(seen)
    covered = {"passive": seen.window.coverage, "active": _scanned(seen), "governance": 1.0}
    shares = tuple(points.share(name, lines, covered[name]) for name in points.CAPS)
    score, capped_by = _capped(seen, min(100, sum(each.points for each in shares)))
    lacking = _lacking(seen)
    category = _class(seen, score, shares, lacking)
    return Judgement(
        category=category,
        score=score,
        shares=shares,
        lines=tuple(lines),
        window=seen.window,
        use=seen.use,
        missing=lacking,
        capped_by=capped_by,
        scans=_runs(seen),
    )


def _lines(seen: Seen) -> list[Line]:
    """Every signal; where nobody watched at all, its silence says nothing."""
    used = points.passive(seen.use, seen.today, seen.facts.front) if seen.window.observed else []
    scanned = points.active(seen.facts, seen.valid, seen.today)
    return [*used, *scanned, *points.governance(seen.facts, seen.today)]


def _runs(seen: Seen) -> tuple[str, ...]:
    return tuple(dict.fromkeys(look.run for look in seen.looks))


def _scanned(seen: Seen) -> float:
    """Valid scans over those that there were, or should have been."""
    return min(1.0, len(seen.valid) / max(len(seen.looks), seen.settings.least_scans))


def _lacking(seen: Seen) -> tuple[str, ...]:
    """Families that were not covered enough."""
    if not seen.guards:
        return ()
    found = []
    if seen.window.coverage < seen.settings.least_coverage:
        found.append("passive")
    if len(seen.valid) < seen.settings.least_scans:
        found.append("active")
    return tuple(found)


def _class(seen: Seen, score: int, shares: tuple[Share, ...], lacking: tuple[str, ...]) -> Class:
    """The verdicts in their order: what comes first holds."""
    is_gone = _is_unreachable(seen)
    if is_gone and _is_unused(seen):
        return "lost"
    is_blind = not seen.window.observed and not seen.valid
    if lacking and (is_blind or is_gone or score >= seen.settings.doubt_score):
        return "unverified"
    if score >= seen.settings.zombie_score and _families(shares) > 1:
        return "zombie"
    return "suspected" if score >= seen.settings.suspected_score else "active"


def _is_unreachable(seen: Seen) -> bool:
    last = seen.valid[-_LOST_LOOKS:]
    return len(last) == _LOST_LOOKS and all(k.outcome in ("silent", "closed") for k in last)


def _is_unused(seen: Seen) -> bool:
    """True where enough days were watched, and nothing was answered or begun in them."""
    if not seen.guards:
        return True
    use = seen.use
    is_covered = seen.window.coverage >= seen.settings.least_coverage
    return is_covered and not (use.clients or use.answered or use.outbound)


def _families(shares: tuple[Share, ...]) -> int:
    return sum(each.points >= _CONTRIBUTES[each.family] for each in shares)


def _capped(seen: Seen, score: int) -> tuple[int, str | None]:
    if not seen.guards:
        return score, None
    if score > _DECLARED and _is_declared(seen):
        return _DECLARED, "declared"
    if score > _BURST and _BURST_DAYS[0] <= seen.use.busy_days <= _BURST_DAYS[1]:
        return _BURST, "burst"
    return score, None


def _is_declared(seen: Seen) -> bool:
    declared = seen.facts.declared
    if declared is None or not seen.today <= declared.until <= _latest(seen.today):
        return False
    if declared.pattern != "standby":
        return True
    return points.has_heartbeat(seen.facts, seen.use, list(seen.valid), seen.today)


def _latest(today: date) -> date:
    return today + timedelta(days=_LONGEST_DAYS)
