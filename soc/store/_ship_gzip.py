"""The body of a request, packed: by ISA-L where it can be imported, else by zlib."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from typing import Any

LEVEL = 1  # the least of either: a request is packed once and sent once


def packed(data: bytes) -> bytes:
    """The bytes as one gzip member (RFC 1952) without a time: equal bytes, equal result."""
    found: bytes = compressor()(data, LEVEL, mtime=0)
    return found


@cache
def compressor() -> Callable[..., Any]:
    """``compress`` of ISA-L or of the standard library."""
    try:
        from isal import igzip
    except ImportError:  # no wheel for this machine
        return gzip.compress
    return igzip.compress
