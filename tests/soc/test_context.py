from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC

import pytest

from soc.context import Context
from tests.conftest import NOW


def test_a_context_is_never_changed_only_replaced(context: Context) -> None:
    other = replace(context, environment={"PATH": "/usr/bin"})

    assert other.store is context.store
    with pytest.raises(FrozenInstanceError):
        context.environment = {}  # type: ignore[misc]


def test_its_clock_tells_aware_utc(context: Context) -> None:
    assert context.clock.now() == NOW
    assert context.clock.now().tzinfo is UTC
