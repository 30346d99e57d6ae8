"""Jobs of the kernel itself: the log is compacted, shipped, and kept for as long as it must be."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from soc.errors import ConfigError, Conflict
from soc.jobs import Job, Outcome, Params

if TYPE_CHECKING:
    from soc.context import Context

log = logging.getLogger(__name__)

SHIP_LEASE_S = 20.0  # renewed while it runs; soon over where its process was killed
LEAST_DAYS = 180  # of raw events, unless a reason is written down: they are evidence


def compact(params: Any, context: Context) -> Outcome:
    """Small files of every dataset merged."""
    events = context.store.log
    return Outcome(counts={name: events.compact(name) for name in _filled(context)})


def retain(params: Any, context: Context) -> Outcome:
    """Days dropped that are older than the settings ask for; derived facts stay."""
    settings = context.config.store
    days = kept_days(settings.retain_days, settings.retain_reason)
    return Outcome(counts=dropped(days, context))


class Datasets(Params):
    """Which datasets; none: all that hold rows."""

    datasets: tuple[str, ...] = ()


def shipped(params: Datasets, context: Context) -> Outcome:
    """What the log holds is on the cluster; nothing is done where none is configured."""
    from soc.store.ship import ship

    if not context.config.ships:
        return _skipped("elasticsearch.hosts names no cluster: nothing is shipped")
    try:
        return Outcome(counts=asdict(ship(context, datasets=params.datasets)))
    except Conflict as error:  # the daemon ships already
        return _skipped(str(error))


def _skipped(why: str) -> Outcome:
    log.info("nothing shipped", extra={"event.reason": why})
    return Outcome("skipped", errors=(why,))


def dropped(days: int, context: Context) -> dict[str, int]:
    """Rows dropped by dataset when so many days are kept; a cluster's go too."""
    from soc.schema import DERIVED

    before = context.clock.now() - timedelta(days=days)
    names = [name for name in _filled(context) if name not in DERIVED]
    rows = {name: context.store.log.retain(name, before) for name in names}
    if context.config.store.engine == "elasticsearch":
        engine: Any = context.engine  # the only one that holds what was shipped to it
        shipped = engine.retain(names, before)
        log.info("dropped on the server", extra={"soc.dropped": sum(shipped.values())})
    return rows


def kept_days(days: int, reason: str) -> int:
    """The days to keep.

    Raises:
        ConfigError: fewer than 180 without a written reason.
    """
    if days < LEAST_DAYS and not reason:
        raise ConfigError(
            f"retain {days} days: less than {LEAST_DAYS}; write [store] retain_reason first"
        )
    return days


def _filled(context: Context) -> list[str]:
    return [dataset.name for dataset in context.store.log.status() if dataset.version >= 0]


JOBS = (
    Job("store compact", compact, lock="store compact", lease_s=3_600),
    Job("store retain", retain, lock="store retain", lease_s=3_600),
    Job("store ship", shipped, Datasets, lock="store ship", lease_s=SHIP_LEASE_S),
)
