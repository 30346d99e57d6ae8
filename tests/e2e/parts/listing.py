"""Plain text: title, then metric and value a line."""

from __future__ import annotations

from reports._model import Report
from soc.metrics import shown

SUFFIX = ".lst"


def render(report: Report) -> bytes:
    """The numbers of the report in UTF-8."""
    lines = [f"{each.metric} {shown(each, report.language)}" for each in report.numbers]
    return "\n".join([report.title, *lines, ""]).encode()
