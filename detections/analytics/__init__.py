"""Analytics: behaviours that no single event shows. A module here is an analytic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from detections._behaviour import AnalyticSettings, Match, Reading, Rule
    from soc.context import Context


class Analytic(Protocol):
    """The shape of a module of this package."""

    RULE: Rule
    Settings: type[AnalyticSettings]

    def detect(
        self, window: Reading, settings: AnalyticSettings, context: Context
    ) -> Iterator[Match]:
        """Every episode that the new rows may have changed, as it stands now with all rows."""
