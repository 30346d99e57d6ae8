"""A person's word that a suspect run is right: the hosts are gone, the scanner was not cut off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scanners._diff import record_of
from scanners._findings import evaluate
from soc.errors import InputError
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context


def trust(run: str, reason: str, context: Context) -> dict[str, Any]:
    """Take the mark off a suspect run, and let the checks see it.

    Raises:
        InputError: no suspect run of that id, or no reason.
        ScopeError: this login may not judge.
    """
    context.actor.require("judge")
    record = record_of(run, context)
    if record is None or record.state != "suspect":
        raise InputError(f"{run}: is no suspect run; look at soc scan list")
    if not reason.strip():
        raise InputError("--reason: is empty; say how it was checked")
    trusted = replace(
        record,
        state="partial" if record.counts.get("unknown") else "done",
        is_suspect=False,
        at=context.clock.now(),
        author=context.actor.author(),
        reason=reason,
    )
    context.store.records.apply([Change(f"{record.id}:trusted", trusted, record.revision)])
    evaluate(record.run or record.id, record.ports, context)
    return {"run": record.run or record.id, "result": trusted.state}
