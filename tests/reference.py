"""Public captures, logs and rules for tests, kept outside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def reference(name: str) -> Path:
    """The path of a reference file; the test skips where the reference data is absent."""
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"reference data is absent: shared/data/{name}")
    return path
