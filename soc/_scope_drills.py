"""What drills protect: never blocked while the drill runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from soc._scope_guards import Guard
from soc.net import network
from soc.where import In

if TYPE_CHECKING:
    from soc.records.drill import Drill
    from soc.store import Records

_GUARDING = ("planned", "running", "review")  # the last two by the drill's own time


def protected(records: Records, at: datetime | None = None) -> Iterator[Guard]:
    """One guard a drill that runs at the time; without a time every drill that is not over.

    Raises:
        InputError: a record holds what is no network.
    """
    found = records.find("drill", In("state", _GUARDING))
    for drill in (cast("Drill", each) for each in found):
        if drill.protected and (at is None or _runs(drill, at)):
            networks = tuple(network(text) for text in drill.protected)
            yield Guard(f"drill {drill.no or drill.id} {drill.name}", networks)


def _runs(drill: Drill, at: datetime) -> bool:
    return drill.start <= at and (drill.end is None or at < drill.end)
