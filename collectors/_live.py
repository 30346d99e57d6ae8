"""Runs one configured collector until it is told to stop."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from collectors._files import keyed
from collectors._gather import Gather, Labels
from collectors._run import remember
from soc import plugins
from soc.batch import Batch, Tally
from soc.errors import ConfigError
from soc.jobs import Outcome

if TYPE_CHECKING:
    from collectors import FileSettings, RunParams
    from soc.context import Context
    from soc.store import Change

log = logging.getLogger(__name__)


def run(params: RunParams, context: Context) -> Outcome:
    """The job ``collect run``: everything that came in is stored when it ends.

    A live collector yields at least once a second, if only a batch without rows: that is when
    it can be stopped.
    """
    with stopping() as stop:
        gather = run_until(params.name, context, stop)
    figures = {
        "name": params.name,
        "records": gather.tally.records,
        "stored": gather.stored,
        "refused": gather.tally.refused,
        "lost": gather.tally.lost,
        "dropped": gather.tally.dropped,
    }
    counts = {key: value for key, value in figures.items() if isinstance(value, int)}
    return Outcome(counts=counts, value=figures)


def run_until(name: str, context: Context, stop: Event) -> Gather:
    """Collect by ``[collectors.<name>]`` until ``stop`` is set or the source ends.

    Raises:
        ConfigError: no such table, or a value in it is wrong.
    """
    kind, settings = configured(name, context)
    labels = Labels(settings.observer or name, settings.zone, settings.origin)
    gather = Gather(context, labels, is_live=True)
    position = _Position(context)
    files = [keyed(path, context) for path in settings.paths if path.exists()]
    is_caught_up = False
    items = plugins.load("collectors", kind).collect(settings, context, position)
    try:
        for item in items:
            gather.add(item)
            is_caught_up = is_caught_up or _is_idle(item)
            if stop.is_set():
                break
    finally:
        items.close()
        gather.close()
    if is_caught_up:
        remember(files, gather.sources, context)
    log.info("collected", extra={"event.provider": name, "soc.stored": gather.stored})
    return gather


def _is_idle(item: Batch | Change) -> bool:
    """True for the sign of life of a collector that has read all there is so far."""
    return isinstance(item, Batch) and item.rows is None and item.tally == Tally()


def configured(name: str, context: Context) -> tuple[str, FileSettings]:
    """The format and the settings of ``[collectors.<name>]``; events are live unless it says so.

    Raises:
        ConfigError: no such table, or a value in it is wrong.
    """
    table = context.config.collectors.get(name)
    if table is None:
        known = ", ".join(context.config.collectors) or "none"
        raise ConfigError(f"collectors.{name}: is not configured; the settings have {known}")
    kind = str(table.get("type", name))
    model: type[FileSettings] = plugins.load("collectors", kind).Settings
    settings = context.config.plugin(f"collectors.{name}", model)
    if "origin" not in table:
        settings = settings.model_copy(update={"origin": "live"})
    return kind, settings


class _Position:
    """How far a source is stored: in all its datasets, if they were ever committed together."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, source: int) -> int:
        positions = self._context.store.log.positions(source)
        positions.pop("health", None)
        return min(positions.values(), default=0)


@contextmanager
def stopping() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set; a second signal ends the process as usual."""
    stop = Event()
    before: dict[signal.Signals, Any] = {}

    def told(number: int, frame: object) -> None:
        stop.set()
        for known, handler in before.items():
            signal.signal(known, handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, told)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
