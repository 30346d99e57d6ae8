"""What people read: one module a report, one module in ``formats`` an output format.

Copy ``reports/daily.py`` to write a new report.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from reports._model import Report
from soc.context import Context
from soc.query import Period


class Builder(Protocol):
    """What ``reports/<name>.py`` offers."""

    def build(self, period: Period, as_of: datetime, context: Context) -> Report:
        """The report of a period from what was stored up to ``as_of``: same input, same report."""
