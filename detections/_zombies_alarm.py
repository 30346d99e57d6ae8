"""The data-quality alert: too many systems of a unit would worsen at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from detections import _match
from soc.text import text

if TYPE_CHECKING:
    from soc.context import Context

RULE = "zombies.mass_change"
_MEDIUM = 3


def raise_all(
    units: Mapping[str | None, int], names: Mapping[str, str], today: date, context: Context
) -> int:
    """One match a unit and day, however often it is evaluated; how many were new."""
    return sum(
        _raise(unit, names.get(unit or "", unit or "-"), count, today, context)
        for unit, count in units.items()
    )


def _raise(unit: str | None, name: str, count: int, today: date, context: Context) -> int:
    key = f"{RULE}/1:{unit}:{today.isoformat()}"
    row = _row(unit, name, count, today, context) | {"soc.match.key": key, "soc.record": 1}
    return context.store.log.append([_match.batch([row], _match.source_key(key))]).stored


def _row(unit: str | None, name: str, count: int, today: date, context: Context) -> dict[str, Any]:
    language, now = context.config.site.language, context.clock.now()
    start = context.calendar.midnight(today - timedelta(days=1))
    figures = {
        "systems": str(count),
        "unit": name,
        "sentence": text("zombies.mass_sentence", language, unit=name, count=count),
        "group": unit or "-",
        "start": start.isoformat(),
        "end": now.isoformat(),
        "day": today.isoformat(),
    }
    return {
        "@timestamp": now,
        "event.module": "analytic",
        "soc.origin": "live",
        "soc.count": 1,
        "rule.id": RULE,
        "rule.name": text("zombies.mass_title", language),
        "rule.category": "设备设施故障事件/技术故障",
        "rule.version": f"{RULE}/1",
        "rule.ruleset": "govsoc",
        "event.severity": _MEDIUM,
        "soc.match.entity": unit or "-",
        "soc.match.dataset": "usage",
        "soc.match.events": [],
        "soc.match.attacker": [],
        "soc.match.forwarded": [],
        "soc.match.victim": [],
        "soc.match.unit": unit,
        "soc.match.result": "unknown",
        "soc.match.direction": "unknown",
        "soc.match.confidence": "high",
        "soc.match.figures": list(figures.items()),
        "soc.match.backfill": False,
    }
