"""Watermarks of a disk, as the free bytes that they ask for.

Written as Elasticsearch takes them: ``85%`` or ``0.85`` used, with the most that may have to stay
free (``max_headroom``), or free bytes such as ``500mb``.
"""

from __future__ import annotations

import re

from soc.errors import StoreError

_BYTES = re.compile(r"^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|tb|pb)$", re.IGNORECASE)
_UNITS = {"b": 0, "kb": 10, "mb": 20, "gb": 30, "tb": 40, "pb": 50}


def room(mark: str, headroom: str, total: int) -> int:
    """Bytes that have to stay free of ``total``; a headroom of ``-1`` is none.

    Raises:
        StoreError: a watermark that we cannot read.
    """
    if (size := _bytes(mark)) is not None:
        return size
    most = _bytes(headroom)
    free = int(total * (1 - _share(mark)))
    return free if most is None else min(free, most)


def _bytes(text: str) -> int | None:
    found = _BYTES.match(text.strip())
    return int(float(found[1]) * (1 << _UNITS[found[2].lower()])) if found else None


def _share(text: str) -> float:
    try:
        if text.strip().endswith("%"):
            return float(text.strip()[:-1]) / 100
        return float(text)
    except ValueError as error:
        raise StoreError(
            f"watermark {text!r}: is no share and no size: see its settings"
        ) from error
