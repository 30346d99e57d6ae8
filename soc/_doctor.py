"""What ``soc doctor`` looks at: one function a check, each with its remedy."""

from __future__ import annotations

import os
import shutil
import sys
from ctypes.util import find_library
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from soc._doctor_check import Check, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from soc.context import Context
    from soc.errors import StoreError

FREE_BYTES = 2 << 30  # below this a day of flows may not fit
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")


def checks(context: Context) -> list[Check]:
    """Every check in the order in which they matter."""
    found = [look(context) for look in _CHECKS]
    if not context.config.ships:
        return found
    from soc import _doctor_elastic

    return found + _doctor_elastic.checks(context)


def unopened(error: StoreError, *, ships: bool) -> list[Check]:
    """The same checks where the store cannot be opened: nothing else is known."""
    from soc import _doctor_elastic

    others = [*(_name(look) for look in _CHECKS), *(_doctor_elastic.NAMES if ships else ())]
    first = check("records", False, str(error))
    return [first, *(Check(name, None, "-") for name in others if name != first.name)]


def _name(look: Callable[[Context], Check]) -> str:
    return look.__name__.removeprefix("_")


def _python(context: Context) -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return check("python", sys.version_info >= (3, 11), version)


def _home(context: Context) -> Check:
    home = context.store.home
    writable = home.is_dir() and os.access(home, os.W_OK)
    return check("home", writable, str(home))


def _disk(context: Context) -> Check:
    free = shutil.disk_usage(context.store.home).free
    return check("disk", free >= FREE_BYTES, f"{free / (1 << 30):.1f} GiB")


def _nmap(context: Context) -> Check:
    path = shutil.which("nmap")
    return check("nmap", path is not None, path or "-")


def _pdf(context: Context) -> Check:
    missing = [name for name in LIBRARIES if find_library(name) is None]
    return check("pdf", not missing, ", ".join(missing) or ", ".join(LIBRARIES))


def _log(context: Context) -> Check:
    rows = sum(dataset.rows for dataset in context.store.log.status())
    return check("log", True, str(rows))


def _records(context: Context) -> Check:
    return check("records", True, context.config.store.records)


def _audit(context: Context) -> Check:
    verdict = context.store.audit.verify()
    return check("audit", verdict.ok, str(verdict.broken or verdict.lines))


def _scope(context: Context) -> Check:
    networks = context.config.scope.scan
    return check("scope", bool(networks), ", ".join(networks) or "-")


def _schedule(context: Context) -> Check:
    """No job of the plan is overdue; what never ran is not told: the plan may be new."""
    from soc.schedule import idle, last_run, plan, state

    config, now = context.config, context.clock.now()
    zone = ZoneInfo(config.site.time_zone)
    names = context.jobs.names()
    entries = plan(config.schedule, names, place=config.place, without=idle(config))
    late = [e.job for e in entries if state(e, last_run(e.job, context), zone, now) == "overdue"]
    return check("schedule", not late, ", ".join(late) or str(len(entries)))


_CHECKS: tuple[Callable[[Context], Check], ...] = (
    _python,
    _home,
    _disk,
    _log,
    _records,
    _audit,
    _nmap,
    _pdf,
    _scope,
    _schedule,
)
