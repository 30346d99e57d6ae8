"""What ``soc doctor`` looks at: one function a check, each with its remedy."""

from __future__ import annotations

import os
import shutil
import sys
from ctypes.util import find_library
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from soc.console import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from soc.context import Context

FREE_BYTES = 2 << 30  # below this a day of flows may not fit
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` says what to do where it is not right."""

    name: str
    ok: bool
    found: str
    remedy: str | None = None


def checks(context: Context) -> list[Check]:
    """Every check in the order in which they matter."""
    return [look(context) for look in _CHECKS]


def _python(context: Context) -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _check("python", sys.version_info >= (3, 11), version)


def _home(context: Context) -> Check:
    home = context.store.home
    writable = home.is_dir() and os.access(home, os.W_OK)
    return _check("home", writable, str(home))


def _disk(context: Context) -> Check:
    free = shutil.disk_usage(context.store.home).free
    return _check("disk", free >= FREE_BYTES, f"{free / (1 << 30):.1f} GiB")


def _nmap(context: Context) -> Check:
    path = shutil.which("nmap")
    return _check("nmap", path is not None, path or "-")


def _pdf(context: Context) -> Check:
    missing = [name for name in LIBRARIES if find_library(name) is None]
    return _check("pdf", not missing, ", ".join(missing) or ", ".join(LIBRARIES))


def _log(context: Context) -> Check:
    rows = sum(dataset.rows for dataset in context.store.log.status())
    return _check("log", True, str(rows))


def _audit(context: Context) -> Check:
    verdict = context.store.audit.verify()
    return _check("audit", verdict.ok, str(verdict.broken or verdict.lines))


def _scope(context: Context) -> Check:
    networks = context.config.scope.scan
    return _check("scope", bool(networks), ", ".join(networks) or "-")


def _schedule(context: Context) -> Check:
    """No job of the plan is overdue; what never ran is not told: the plan may be new."""
    from soc.schedule import last_run, plan, state

    config, now = context.config, context.clock.now()
    zone = ZoneInfo(config.site.time_zone)
    entries = plan(config.schedule, context.jobs.names(), place=config.place)
    late = [e.job for e in entries if state(e, last_run(e.job, context), zone, now) == "overdue"]
    return _check("schedule", not late, ", ".join(late) or str(len(entries)))


def _check(name: str, ok: bool, found: str) -> Check:
    return Check(name, ok, found, None if ok else t(f"doctor.mend_{name}"))


_CHECKS: tuple[Callable[[Context], Check], ...] = (
    _python,
    _home,
    _disk,
    _log,
    _audit,
    _nmap,
    _pdf,
    _scope,
    _schedule,
)
