"""A block as the command line shows it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from playbooks._block_candidates import subclass

if TYPE_CHECKING:
    from soc.records.block import Block

COLUMNS = ("no", "network", "state", "category", "proposed_by", "expires_at")


def view(block: Block) -> dict[str, Any]:
    """The block with stable keys."""
    return {
        "id": block.id,
        "no": block.no,
        "network": block.prefix,
        "direction": block.direction,
        "scope": block.scope,
        "state": block.state,
        "origin": block.origin,
        "category": ", ".join(dict.fromkeys(r.category for r in block.reasons if r.category)),
        "alerts": [reason.alert for reason in block.reasons],
        "evidence": list(block.evidence),
        "hits": block.hits,
        "first_seen": _iso(block.first_seen),
        "last_seen": _iso(block.last_seen),
        "guard_hits": [{"guard": g.guard, "overlap": g.overlap} for g in block.guard_hits],
        "entered": block.entered,
        "approval": block.approval,
        "ratify_by": _iso(block.ratify_by),
        "approvals": [each.login for each in block.approvals],
        "proposed_by": block.proposed_by,
        "approved_by": block.approved_by,
        "approved_at": _iso(block.approved_at),
        "expires_at": _iso(block.expires_at),
        "released_at": _iso(block.released_at),
        "reason": block.reason,
        "list_version": block.list_version,
        "revision": block.revision,
    }


def row(block: Block, days: tzinfo) -> dict[str, str]:
    """The columns of the table for people; the end is told in the site's time."""
    end = block.expires_at.astimezone(days) if block.expires_at else None
    return {
        "no": block.no or "",
        "network": block.prefix,
        "state": block.state,
        "category": ", ".join(dict.fromkeys(subclass(r.category) for r in block.reasons)),
        "proposed_by": block.proposed_by,
        "expires_at": f"{end:%Y-%m-%d %H:%M}" if end else "",
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at is not None else None
