"""Output formats: one module a format."""

from __future__ import annotations

from typing import Protocol

from reports._model import Report


class Format(Protocol):
    """What ``reports/formats/<format>.py`` offers."""

    SUFFIX: str

    def render(self, report: Report) -> bytes:
        """The document; the same bytes for the same report."""
