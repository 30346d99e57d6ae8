"""What this host appends can be asked of its engine in the same run.

DuckDB reads the log as it lies. Elasticsearch knows what was shipped to it: there the job ``store
ship`` runs first, or we wait for the process that ships already.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from soc.errors import Conflict, StoreUnavailable

if TYPE_CHECKING:
    from soc.context import Context

log = logging.getLogger(__name__)

SHIP = "store ship"
WAIT_S = 30.0
_PAUSE_S = 0.2


def readable(
    datasets: Sequence[str],
    context: Context,
    *,
    wait_s: float = WAIT_S,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """True where all that this host's log holds of the datasets can be asked of the engine now.

    False: the cluster takes nothing for now, or whoever ships was not done within ``wait_s``.
    Nothing is lost: it can be asked later.

    Raises:
        StoreError: the cluster refuses, and will again.
    """
    if context.config.store.engine != "elasticsearch":
        return True
    behind = _behind(datasets, context)
    if not behind:
        return True
    try:
        context.jobs.run(SHIP, {"datasets": behind}, context)
    except Conflict:
        log.info("another process ships: its end is waited for", extra={"soc.datasets": behind})
    except StoreUnavailable as error:
        log.warning("not shipped for now", extra={"error.message": str(error)})
        return False
    return _waited(behind, context, wait_s, pause)


def insist(datasets: Sequence[str], context: Context) -> None:
    """What this host's log holds of the datasets can be asked: what follows is wrong without it.

    Raises:
        StoreUnavailable: not now; it is right to run it again.
        StoreError: the cluster refuses, and will again.
    """
    if not readable(datasets, context):
        names = ", ".join(datasets)
        raise StoreUnavailable(
            f"{names}: rows of this host are not on the cluster yet: "
            "see `soc store status`, then run it again"
        )


def _behind(datasets: Sequence[str], context: Context) -> tuple[str, ...]:
    """Datasets of which the engine does not know all that the log holds."""
    events = context.store.log
    return tuple(
        dataset
        for dataset in datasets
        if events.version(dataset) > context.engine.newest(dataset).get(events.origin, -1)
    )


def _waited(
    datasets: Sequence[str], context: Context, wait_s: float, pause: Callable[[float], None]
) -> bool:
    """True once nothing is behind; others may append meanwhile, so the end is fixed now."""
    events = context.store.log
    upto = {dataset: events.version(dataset) for dataset in datasets}
    for _ in range(1 + int(wait_s / _PAUSE_S)):
        marks = {dataset: context.engine.newest(dataset) for dataset in datasets}
        if all(marks[d].get(events.origin, -1) >= version for d, version in upto.items()):
            return True
        pause(_PAUSE_S)
    log.warning("not readable yet", extra={"soc.datasets": list(datasets)})
    return False
