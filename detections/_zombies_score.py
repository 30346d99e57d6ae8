"""The signals of the three families, each with its points (notes: 0 to 100 over all)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from detections._zombies_facts import Family, Front, Line, Look, Share, SystemFacts, Use

if TYPE_CHECKING:
    from detections._zombies_settings import ZombieSettings

CAPS: dict[Family, int] = {"passive": 45, "active": 35, "governance": 35}
RULED = 20  # of governance, without the date of retirement
_LONG_DAYS, _FEW, _RARE, _OUTBOUND = 180, 2, 9, 30
_UNCHANGED_DAYS, _ENDED_DAYS, _LONG_ENDED_DAYS, _MAINTAINED_DAYS = 180, 30, 180, 365
_PAGES = 3


def passive(use: Use, today: date, front: Front | None = None) -> list[Line]:
    """How much it was used; what it began itself, or whom it serves behind, speaks for it."""
    if use.clients and front and front.clients > max(use.clients, _FEW):
        told = (f"{front.name} ({front.clients})", f"> {_FEW}")
        return [Line("passive", "passive.front", 0, *told, "usage")]
    lines = [line for line in (_clients(use, today),) if line]
    if lines and use.outbound >= _OUTBOUND:
        told = (str(use.outbound), f">= {_OUTBOUND}")
        lines.append(Line("passive", "passive.outbound", -8, *told, "usage"))
    return lines


def _clients(use: Use, today: date) -> Line | None:
    if use.clients == 0:
        return _none(use, today)
    how = "_by_day" if use.is_by_day else ""
    if use.clients <= _FEW:
        return _used(f"few{how}", 28, use.clients, f"<= {_FEW}")
    if use.clients <= _RARE and use.recent == 0:
        return _used(f"rare{how}", 12, use.clients, f"<= {_RARE}")
    return None


def _used(rule: str, points: int, value: object, threshold: str) -> Line:
    return Line("passive", f"passive.{rule}", points, str(value), threshold, "usage")


def _none(use: Use, today: date) -> Line:
    """Nobody in the window; how long that has been so, as far back as anybody watched."""
    since = use.last or use.watched_since
    if since is not None and (today - since).days > _LONG_DAYS:
        return _used("none_long", 45, use.last or "-", f"> {_LONG_DAYS} d")
    return _used("none", 38, use.last or "-", "0")


def active(facts: SystemFacts, looks: Iterable[Look], today: date) -> Iterator[Line]:
    """What a scanner sees; ``looks`` are the valid ones."""
    shown = [look.page for look in looks if look.outcome in ("open", "alive")][-_PAGES:]
    if len(shown) == _PAGES and all(shown):
        yield _seen("page", 20, str(shown[-1]), f">= {_PAGES}")
    if _older(facts.page_unchanged_since, _UNCHANGED_DAYS, today):
        yield _seen("unchanged", 8, facts.page_unchanged_since, f"> {_UNCHANGED_DAYS} d")
    if _older(facts.certificate_ended_on, _LONG_ENDED_DAYS, today):
        yield _seen("certificate_long", 12, facts.certificate_ended_on, f"> {_LONG_ENDED_DAYS} d")
    elif _older(facts.certificate_ended_on, _ENDED_DAYS, today):
        yield _seen("certificate", 8, facts.certificate_ended_on, f"> {_ENDED_DAYS} d")
    if facts.end_of_life:
        yield _seen("end_of_life", 6, facts.end_of_life, "-")
    if facts.domain:
        yield _seen("domain", 8, facts.domain, "-")


def _seen(rule: str, points: int, value: object, threshold: str) -> Line:
    return Line("active", f"active.{rule}", points, str(value), threshold, "scan")


def _older(day: date | None, days: int, today: date) -> bool:
    return day is not None and (today - day).days > days


def governance(facts: SystemFacts, today: date) -> Iterator[Line]:
    """What the ledger says, and what it leaves out."""
    if not facts.has_owner:
        yield _kept("owner", 10, "-", "-")
    if facts.lacks_filing:
        yield _kept("filing", 4, "-", "-")
    if facts.maintained_on is None or _older(facts.maintained_on, _MAINTAINED_DAYS, today):
        yield _kept("maintenance", 6, facts.maintained_on or "-", f"> {_MAINTAINED_DAYS} d")
    if facts.retire_on is not None and facts.retire_on < today:
        yield _kept("retirement", 15, facts.retire_on, "-")


def _kept(rule: str, points: int, value: object, threshold: str) -> Line:
    return Line("governance", f"governance.{rule}", points, str(value), threshold, "ledger")


def share(family: Family, lines: Iterable[Line], coverage: float) -> Share:
    """The family's points: its own cap holds, and outside it the retirement that is overdue."""
    mine = [line for line in lines if line.family == family]
    extra = sum(line.points for line in mine if line.rule == "governance.retirement")
    plain = sum(line.points for line in mine) - extra
    cap = RULED if family == "governance" else CAPS[family]
    return Share(family, max(0, min(cap, plain)) + extra, CAPS[family], coverage)


def has_heartbeat(facts: SystemFacts, use: Use, looks: list[Look], today: date) -> bool:
    """True where a standby shows that somebody keeps it: it calls, answers, or was maintained."""
    is_kept = facts.maintained_on is not None and not _older(
        facts.maintained_on, _MAINTAINED_DAYS, today
    )
    answers = bool(looks) and looks[-1].outcome in ("open", "alive")
    return use.outbound > 0 or answers or is_kept


def is_new(facts: SystemFacts, today: date, settings: ZombieSettings) -> bool:
    online = facts.online_on
    return online is not None and today - online < timedelta(days=settings.new_days)
