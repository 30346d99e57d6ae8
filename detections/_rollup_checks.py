"""Health checks: one source that calls one endpoint in a fixed rhythm with constant bytes.

They keep a dead system busy. Rhythm and bytes are fixed where their coefficient of variation
stays below a tenth; a call that is left out, or an outage, does not break a rhythm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detections._rollup_asked import CALLED, KEYS, named
from soc.query import Measure, Select
from soc.where import All

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from detections._rollup_asked import Asked

    Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("n", "count"),
    Measure("bytes", "sum", "network.bytes"),
    Measure("least", "min", "network.bytes"),
    Measure("most", "max", "network.bytes"),
)
BY = (*CALLED, "network.transport", "source.ip")
_READ = ("@timestamp", "event.start", "observer.name", *BY, "network.bytes")
_KEYS = ("observer", *KEYS)


def checking(called: pa.Table, asked: Asked) -> pa.Table:
    """The keys of the pairs that are health checks, with a column ``checks`` that is true.

    ``called`` holds calls by day, observer and ``BY``, with ``MEASURES``. Of the pairs that may
    be one the rows are read, and their time and bytes kept: 20 bytes a call.
    """
    import pyarrow as pa

    settings = asked.settings
    suspects = _suspects(called, asked)
    calls = _calls(suspects, asked)
    kept = regular(*calls, len(suspects), settings.check_flows, settings.check_spread)
    found = suspects.filter(pa.array(kept, pa.bool_())).group_by(list(KEYS)).aggregate([])
    return found.append_column("checks", pa.array([True] * len(found), pa.bool_()))


def _suspects(called: pa.Table, asked: Asked) -> pa.Table:
    """Pairs of one observer, numbered, that call often and whose bytes may be constant.

    Of n values with deviation s none lie further apart than s times the root of 2n.
    """
    import numpy as np
    import pyarrow as pa

    n, octets, least, most = (
        called[name].to_numpy().astype(float) for name in ("n", "bytes", "least", "most")
    )
    widest = asked.settings.check_spread * octets / np.maximum(n, 1) * np.sqrt(2 * n)
    may_be = (n >= asked.settings.check_flows) & (most - least <= widest)
    kept = called.filter(pa.array(may_be))
    columns = {"observer": kept["observer.name"], **asked.keyed(kept, BY)}
    return pa.table({**columns, "id": pa.array(range(len(kept)), pa.int32())})


def _calls(suspects: pa.Table, asked: Asked) -> tuple[Array, Array, Array]:
    """Number of the pair, begin in microseconds, and bytes of each call of the suspects."""
    import numpy as np
    import pyarrow as pa

    parts = [_joined(batch, suspects, asked) for batch in _rows(suspects, asked)]
    if not parts:
        return np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64)
    table = pa.concat_tables(parts)
    id, at, octets = (table[name].to_numpy() for name in ("id", "at", "bytes"))
    return id, at, octets


def _rows(suspects: pa.Table, asked: Asked) -> Iterator[pa.RecordBatch]:
    if not len(suspects):
        return
    clients = tuple(sorted(set(suspects["client"].to_pylist()) - {None}))
    servers = tuple(sorted(set(suspects["ip"].to_pylist()) - {None}))
    where = All((asked.calls(), named("source.ip", clients), named("destination.ip", servers)))
    yield from asked.context.engine.select(Select("flow", where, _READ, asked.period))


def _joined(batch: pa.RecordBatch, suspects: pa.Table, asked: Asked) -> pa.Table:
    """Calls of the batch that belong to a suspect: id, at, bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pa.table(batch)
    days = _days(rows["@timestamp"], suspects["day"].type, asked)
    columns = asked.keyed(rows.append_column("bucket", days), BY)
    at = pc.cast(pc.coalesce(rows["event.start"], rows["@timestamp"]), pa.int64())
    octets = pc.fill_null(rows["network.bytes"], 0)
    made = pa.table({"observer": rows["observer.name"], **columns, "at": at, "bytes": octets})
    return made.join(suspects, list(_KEYS), join_type="inner").select(["id", "at", "bytes"])


def _days(times: pa.ChunkedArray, wanted: pa.DataType, asked: Asked) -> pa.Array:
    """The begin of the site's day of each time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    calendar = asked.context.calendar
    starts = pa.array([calendar.day(day).start for day in calendar.dates(asked.period)], wanted)
    edges = pc.cast(starts.cast(pa.timestamp("us", "UTC")), pa.int64()).to_numpy()
    at = pc.cast(times.cast(pa.timestamp("us", "UTC")), pa.int64()).to_numpy()
    places = np.maximum(np.searchsorted(edges, at, side="right") - 1, 0)
    return starts.take(pa.array(places))


def regular(id: Array, at_us: Array, octets: Array, count: int, least: int, spread: float) -> Array:
    """For each of ``count`` pairs whether its calls (any order) keep a rhythm and their size.

    A gap of several periods is a rhythm with beats left out. Shapes: all (calls,); result
    (count,), bool.
    """
    import numpy as np

    calls = np.bincount(id, minlength=count)
    order = np.lexsort((at_us, id))
    same = id[order][1:] == id[order][:-1]
    gaps, of = np.diff(at_us[order])[same].astype(float), id[order][1:][same]
    usual = np.maximum(_medians(gaps, of, count)[of], 1.0)
    periods = gaps / np.maximum(np.round(gaps / usual), 1.0)
    is_even = _spread(periods, of, count) < spread
    return is_even & (_spread(octets.astype(float), id, count) < spread) & (calls >= least)


def _medians(values: Array, of: Array, count: int) -> Array:
    """The middle value of each group (the upper one of two); 0 for a group without any."""
    import numpy as np

    order = np.lexsort((values, of))
    sizes = np.bincount(of, minlength=count)
    middles = np.cumsum(sizes) - sizes + sizes // 2
    found = np.zeros(count)
    held = sizes > 0
    found[held] = values[order][middles[held]]
    return found


def _spread(values: Array, of: Array, count: int) -> Array:
    """Coefficient of variation of each group; infinite where its mean is nought."""
    import numpy as np

    sizes = np.maximum(np.bincount(of, minlength=count), 1)
    means = np.bincount(of, weights=values, minlength=count) / sizes
    squares = np.bincount(of, weights=(values - means[of]) ** 2, minlength=count) / sizes
    found = np.full(count, np.inf)
    np.divide(np.sqrt(squares), means, out=found, where=means > 0)
    return found
