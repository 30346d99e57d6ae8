"""Evidence as the command line shows it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from soc._evidence_files import standing
from soc.records._labels import value_label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from soc.evidence import Checked
    from soc.records.evidence import Evidence

COLUMNS = ("sha256", "type", "captured_at", "rows", "size_bytes", "cited_by")


def view(evidence: Evidence) -> dict[str, Any]:
    """The evidence with stable keys."""
    return {
        "id": evidence.id,
        "sha256": evidence.sha256,
        "type": evidence.type,
        "title": evidence.title,
        "state": evidence.state,
        "origin": evidence.origin,
        "size_bytes": evidence.size_bytes,
        "captured_at": evidence.captured_at.isoformat() if evidence.captured_at else None,
        "rows": len(evidence.event_ids),
        "missing": list(evidence.missing),
        "cited_by": list(evidence.cited_by),
    }


def row(evidence: Evidence, days: tzinfo) -> list[str]:
    """The columns of the table for people, in the site's time."""
    from soc.console import language

    at = evidence.captured_at
    cited = ", ".join(evidence.cited_by[:2]) + ("…" if len(evidence.cited_by) > 2 else "")
    return [
        evidence.sha256[:12],
        value_label("evidence", "type", evidence.type, language()),
        f"{at.astimezone(days):%Y-%m-%d %H:%M}" if at else "",
        str(len(evidence.event_ids) or ""),
        str(evidence.size_bytes),
        cited,
    ]


def details(evidence: Evidence, path: Path, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The evidence, its file and what became of it, and its first rows."""
    found = standing(path, evidence.sha256)
    return {**view(evidence), "path": str(path), "standing": found, "content": list(rows)}


def verdict(checked: Sequence[Checked]) -> dict[str, Any]:
    """Whether all is well, and each file that is not."""
    broken = [
        {"sha256": each.sha256, "id": each.id, "standing": each.standing}
        for each in checked
        if each.standing != "ok"
    ]
    return {"ok": not broken, "files": len(checked), "broken": broken}
