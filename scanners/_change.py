"""Why the services of a host are asked again: pure, from what is known and what is open now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from scanners._known import Known, Port

# What a server says by itself and says the same every time; others greet with the time of day.
_GREETING = re.compile(r"SSH-[\d.]+-\S+|220[ -][^\n:]{3,60}|RFB [\d.]+|\+OK [^\n<:]{3,60}")


def change(
    known: Known | None,
    open_now: frozenset[Port],
    banners: Mapping[Port, str],
    now: datetime,
    refresh_days: int,
) -> str | None:
    """first, ports, banner, stale; None where nothing changed, or nothing is open."""
    if not open_now:
        return None
    if known is None or known.asked_at is None:
        return "first"
    if open_now != known.open:
        return "ports"
    if any(greeting(text) != _greeted(known, port) for port, text in banners.items()):
        return "banner"
    return "stale" if now - known.asked_at >= timedelta(days=refresh_days) else None


def greeting(text: str) -> str | None:
    """The part of a banner that only another server or version would change."""
    found = _GREETING.search(text)
    return found[0].strip() if found else None


def _greeted(known: Known, port: Port) -> str | None:
    scripts = dict(known.services[port]["soc.scan.scripts"] or {}) if port in known.services else {}
    return greeting(scripts.get("banner", ""))
