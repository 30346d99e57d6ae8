"""What a report says, apart from when it was said: two editions are compared by it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from soc.metrics import Number

if TYPE_CHECKING:
    from reports._model import Report


def fingerprint(report: Report) -> str:
    """SHA-256 of notices, sections and numbers; edition, data position and watermarks left out."""
    said = _plain((report.title, report.notices, report.sections, report.numbers))
    return sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Number):
        return [value.metric, value.value, value.coverage, value.member]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(_plain(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
