"""What became of a planted thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A planted thing and what became of it."""

    name: str
    found: bool
    by: str  # rule and alert, or verdict
    why: str = ""  # where it was not found
