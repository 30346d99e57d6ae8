"""Observations as the tests of checks need them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scanners.checks import Observation

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def spot(port: int = 80, **parts: Any) -> Observation:
    """An open port of a host, asked today."""
    return Observation("192.0.2.7", port, "tcp", NOW, parts.pop("now", NOW), **parts)
