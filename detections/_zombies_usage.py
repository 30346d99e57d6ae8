"""Daily use of every system, from the daily facts of its places: one question for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from detections import _zombies_window as days
from detections._zombies_callers import Cells, Names
from detections._zombies_facts import Daily
from detections._zombies_ledger import Place
from soc.query import Select
from soc.where import In

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from detections._zombies_ledger import Registered
    from detections._zombies_settings import ZombieSettings
    from soc.context import Context

    Matrix = np.ndarray[Any, Any]

KEPT_DAYS = 365
_DAY_US = 86_400_000_000
_WHYS = ("crawlers", "checks", "chatter")
_COUNTS = ("clients", "flows", "removed", "answered", "outbound", *_WHYS)
_KEY = ("soc.usage.zone", "soc.usage.ip", "soc.usage.port", "soc.usage.transport")
_LEAST_FLOWS = 100  # of a zone and day; below that a fall by half says nothing


def daily(
    systems: Sequence[Registered],
    today: date,
    origins: tuple[str, ...],
    settings: ZombieSettings,
    context: Context,
) -> list[Daily]:
    """Use of each system over the year before today, in the order given."""
    import numpy as np

    shape = (len(systems), KEPT_DAYS)
    counts = {name: np.zeros(shape, np.int64) for name in _COUNTS}
    coverage = np.full(shape, 2.0)
    index = _index(systems)
    names = Names(KEPT_DAYS - settings.window_days)
    for batch in _rows(today, origins, context):
        cells = _cells(batch, index, _midnight_us(today, context))
        _add(batch, cells, counts, coverage)
        names.add(batch.column("soc.usage.callers"), cells)
    coverage[coverage > 1] = 0.0
    callers = names.named(counts["clients"])
    _unwatch(systems, counts, coverage, today, settings, context)
    last = today - timedelta(days=1)
    held = [coverage, *(counts[name] for name in _COUNTS if name not in _WHYS)]
    lists = zip(*(matrix.tolist() for matrix in held), strict=True)
    return [
        replace(Daily(last, *row), callers=callers.get(n, {}), taken=_taken(counts, n))
        for n, row in enumerate(lists)
    ]


def _index(systems: Sequence[Registered]) -> dict[str, int]:
    """Place to the number of its system; one that runs comes before one that is off."""
    order = sorted(range(len(systems)), key=lambda n: systems[n].system.state != "retired")
    return {_text(place): n for n in order for place in systems[n].places}


def _taken(counts: dict[str, Matrix], n: int) -> dict[str, list[int]]:
    """Why flows were taken out, where any were."""
    return {name: counts[name][n].tolist() for name in _WHYS if counts[name][n].any()}


def _rows(today: date, origins: tuple[str, ...], context: Context) -> Iterable[pa.RecordBatch]:
    measured = (*_COUNTS, "coverage", "callers")
    query = Select(
        "usage",
        In("soc.origin", origins),
        ("@timestamp", *_KEY, *(f"soc.usage.{name}" for name in measured)),
        context.calendar.days(today - timedelta(days=KEPT_DAYS), today - timedelta(days=1)),
        latest_by="soc.usage.key",
    )
    return context.engine.select(query)


def _midnight_us(today: date, context: Context) -> int:
    return int(context.calendar.midnight(today).timestamp() * 1_000_000)


def _text(place: Place) -> str:
    parts = (place.zone, place.ip, place.port, place.transport)
    return "|".join("" if part is None else str(part) for part in parts)


def _cells(batch: pa.RecordBatch, index: dict[str, int], midnight_us: int) -> Cells:
    """System and day of each row; rows of places that no system has are left out."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pc.fill_null(pc.cast(batch.column(name), pa.string()), "") for name in _KEY]
    keys = pc.binary_join_element_wise(*parts, "|").dictionary_encode()
    owners = np.array([index.get(key, -1) for key in keys.dictionary.to_pylist()], np.int64)
    row = owners[keys.indices.to_numpy()] if len(owners) else np.zeros(0, np.int64)
    at = pc.cast(batch.column("@timestamp"), pa.int64()).to_numpy(zero_copy_only=False)
    ago = (midnight_us - at + _DAY_US // 2) // _DAY_US  # 1: yesterday; a day of 23 hours is one
    kept = (row >= 0) & (ago >= 1) & (ago <= KEPT_DAYS)
    return Cells(kept, row[kept], KEPT_DAYS - ago[kept])


def _add(batch: pa.RecordBatch, cells: Cells, counts: dict[str, Matrix], coverage: Matrix) -> None:
    """The batch added in."""
    import numpy as np

    flat = cells.system * KEPT_DAYS + cells.day
    for name, matrix in counts.items():
        sums = np.bincount(flat, weights=_numbers(batch, name)[cells.kept], minlength=matrix.size)
        matrix += sums.astype(np.int64).reshape(matrix.shape)
    np.minimum.at(coverage, (cells.system, cells.day), _numbers(batch, "coverage")[cells.kept])


def _numbers(batch: pa.RecordBatch, name: str) -> Matrix:
    import pyarrow.compute as pc

    found: Matrix = pc.fill_null(batch.column(f"soc.usage.{name}"), 0).to_numpy(
        zero_copy_only=False
    )
    return found


def _unwatch(
    systems: Sequence[Registered],
    counts: dict[str, Matrix],
    coverage: Matrix,
    today: date,
    settings: ZombieSettings,
    context: Context,
) -> None:
    """Days on which a whole zone goes quiet were not watched, whatever its sources say."""
    first = today - timedelta(days=KEPT_DAYS)
    working = [context.calendar.is_working(first + timedelta(days=n)) for n in range(KEPT_DAYS)]
    zones: defaultdict[str | None, list[int]] = defaultdict(list)
    for n, one in enumerate(systems):
        zones[one.zone].append(n)
    for rows in zones.values():
        volumes = (counts["flows"][rows] - counts["removed"][rows]).sum(axis=0)
        if volumes.max(initial=0) < _LEAST_FLOWS:
            continue
        watched = coverage[rows].max(axis=0).tolist()
        for day in days.faulty(volumes.tolist(), watched, working, settings.volume_fall):
            coverage[rows, day] = 0.0
