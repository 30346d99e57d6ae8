"""What records of every kind need, and how a refusal is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from soc.errors import ScopeError, StoreError
from soc.records import Author, Record, check_transition

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


def by(login: str = "lin", **values: Any) -> dict[str, Any]:
    """Id, time and author of a record."""
    return {"id": "x1", "at": AT, "author": Author(login=login, **values)}


def refused(before: Record | None, after: Record, why: str) -> None:
    """A two-person rule or the like is against it, for that reason."""
    with pytest.raises(ScopeError, match=why):
        check_transition(before, after)


def illegal(before: Record | None, after: Record, why: str) -> None:
    """The states do not allow it."""
    with pytest.raises(StoreError, match=why):
        check_transition(before, after)
