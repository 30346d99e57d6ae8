"""Stopping a scan that runs: people say so in the records, the run looks there every second."""

from __future__ import annotations

import logging
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

from soc.errors import InputError, StoreError
from soc.records.scan import Scan
from soc.store import Change
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context

log = logging.getLogger(__name__)

LOOK_S = 1.0


class Brake:
    """Watches the record of a run for the length of a block; ``pulled`` once it is stopped."""

    def __init__(self, run: str, context: Context) -> None:
        self.pulled = Event()
        self._run = run
        self._records = context.store.records
        self._ended = Event()
        self._thread = Thread(target=self._watch, name=f"brake {run}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            try:
                if is_stopped(self._run, self._records):
                    self.pulled.set()
                    return
            except StoreError as error:  # a busy store must not end the scan
                log.warning("stop flag not read", extra={"error.message": str(error)})


def is_stopped(run: str, records: Any) -> bool:
    """True once somebody stopped the run."""
    record = records.get("scan", run)
    return record is not None and record.state == "stopped"


def stop(run: str | None, reason: str, context: Context) -> dict[str, Any]:
    """Mark a running scan, or every one, as stopped; its own process ends its shards.

    Raises:
        InputError: the named run is not running.
        ScopeError: this login may not scan.
    """
    context.actor.require("scan")
    running = [each for each in running_scans(context) if run in (None, each.id)]
    if run and not running:
        raise InputError(f"{run}: is no running scan; look at soc scan list")
    for each in running:
        ended = replace(
            each,
            state="stopped",
            at=context.clock.now(),
            author=context.actor.author(),
            reason=reason,
        )
        context.store.records.apply([Change(f"{each.id}:stop:{each.revision}", ended)])
    return {"stopped": [each.id for each in running]}


def running_scans(context: Context) -> list[Scan]:
    """Records of scans that say they run."""
    found = context.store.records.find("scan", Equals("state", "running"))
    return [each for each in found if isinstance(each, Scan)]
