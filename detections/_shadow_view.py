"""Shadow assets as people and programs see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soc.records.verdict import Verdict
from soc.text import Language, label, text

COLUMNS = ("zone", "address", "unit", "ports", "sources", "last_seen", "since")


def shadow_view(verdict: Verdict, units: Mapping[str, str], language: Language) -> dict[str, Any]:
    """One line of the list."""
    zone, _, ip = verdict.subject.rpartition(" ")
    window = verdict.window
    return {
        "id": verdict.id,
        "zone": zone or None,
        "address": ip,
        "unit": units.get(verdict.unit or "", verdict.unit),
        "ports": list(verdict.ports),
        "sources": [_witness(s.source or "", s.value or "", language) for s in verdict.signals],
        "first_seen": window.start.isoformat() if window else None,
        "last_seen": window.end.isoformat() if window and window.end else None,
        "since": verdict.since.isoformat() if verdict.since else None,
    }


def _witness(source: str, days: str, language: Language) -> str:
    name = label(f"shadow.source.{source}", language)
    return text("shadow.days", language, source=name, days=days)
