"""Addresses between text and integer, one way to write each.

``inet_pton`` is the strict parser of the C library: four decimal octets without leading
zeros, or the forms of RFC 4291 §2.2; no host names, short forms, zones, blanks or hex octets.
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

MAPPED = 0xFFFF  # the upper 96 bits of ::ffff:a.b.c.d (RFC 4291 §2.5.5.2)


def packed(text: str) -> bytes | None:
    """4 or 16 bytes of a strictly written address; None for anything else."""
    try:
        return inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError, TypeError):  # ValueError: a NUL or a lone surrogate in it
        return None


def spelled4(value: int) -> str:
    """Dotted decimal."""
    return inet_ntop(AF_INET, value.to_bytes(4, "big"))


def spelled6(value: int) -> str:
    """The form of RFC 5952; never with a dotted part, whatever the C library prefers."""
    upper = value >> 32
    if upper == 0 and value > MAPPED:
        return f"::{value >> 16:x}:{value & 0xFFFF:x}"
    if upper == MAPPED:
        return f"::ffff:{value >> 16 & 0xFFFF:x}:{value & 0xFFFF:x}"
    return inet_ntop(AF_INET6, value.to_bytes(16, "big"))
