"""What the shipper does, told to other processes: a file that it replaces once a second."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq

from soc._columns import INGESTED
from soc.errors import StoreError, StoreUnavailable
from soc.store import _ship_read as read
from soc.store._ship_place import Home, Known, plain, replace

if TYPE_CHECKING:
    from soc.context import Context
    from soc.store import DatasetStatus
    from soc.store._ship_letters import Letters
    from soc.store._ship_pace import Pace
    from soc.store._ship_watch import Watch

log = logging.getLogger(__name__)

TOLD_S = 1.0
FILE = "state.json"
ROOM = 4_096  # bytes that the file always takes, so that it can be written over on a full disk
_ENDED_WELL = ("idle", "shipping")


@contextmanager
def telling(home: Home, watch: Watch, pace: Pace) -> Iterator[None]:
    """While the block runs, others can read what is going on; at its end, how it ended."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(TOLD_S):
            _tell(home, watch, pace)

    _tell(home, watch, pace)
    thread = threading.Thread(target=tell, name="ship-state", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _tell(home, watch, pace)


def _tell(home: Home, watch: Watch, pace: Pace) -> None:
    doing = watch.now()
    value = {
        "pid": os.getpid(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "state": doing.state,
        "error": doing.error,
        "in_flight": pace.in_flight,
        "window": round(pace.window, 2),
        "retries": watch.retries,
        "stored": watch.stored,
        "already": watch.already,
        "letters": watch.letters,
    }
    path, data = home.folder / FILE, orjson.dumps(value).ljust(ROOM)
    try:
        replace(path, data, durable=False)
    except StoreUnavailable as error:  # told where it can be: the work goes on
        if not _written_over(path, data):
            log.warning("state of the shipper not told", extra={"error.message": str(error)})


def _written_over(path: Path, data: bytes) -> bool:
    """The state in the room that its file has: a full disk is told too. False: there is none."""
    try:
        with path.open("r+b") as file:
            if os.fstat(file.fileno()).st_size != len(data):
                return False
            file.write(data)
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Lag:
    """What is in the log and has no verdict."""

    rows: int
    seconds: float  # since the oldest of it was appended


def lag(context: Context, home: Home) -> Lag:
    """What is not shipped yet; no server is asked.

    Raises:
        StoreError: a file of the log or of the home cannot be read.
    """
    found = [_lag(context, home, dataset) for dataset in context.store.log.status()]
    return Lag(sum(one.rows for one in found), max((one.seconds for one in found), default=0.0))


def _lag(context: Context, home: Home, dataset: DatasetStatus) -> Lag:
    if dataset.version < 0:
        return Lag(0, 0.0)
    known = home.known(dataset.name)
    known = known or Known()
    done = known.done
    if done.version > dataset.version:
        return Lag(0, 0.0)
    events: Any = context.store.log
    units = read.units(events, dataset.name, known, dataset.version)
    if not units:
        return Lag(0, 0.0)
    rows = dataset.rows if known == Known() else read.lag(units, done)
    since = _appended(units[0].path)
    return Lag(rows, max(0.0, (context.clock.now() - since).total_seconds()) if since else 0.0)


def _appended(path: Path) -> datetime | None:
    """When the rows of a file were appended; None where the file does not say."""
    try:
        facts = pq.read_metadata(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: restore it from a backup") from error
    group = facts.row_group(0)
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == INGESTED and column.statistics is not None:
            found: datetime = column.statistics.min
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def status(context: Context, letters: Letters, home: Home) -> dict[str, Any]:
    """The ``ship`` block of ``soc store status``; it needs no server and no running shipper."""
    if not context.config.ships:
        return _OFF
    held, is_running = plain(home.folder / FILE) or {}, home.is_held()
    state = held.get("state", "idle")
    if not is_running and state in _ENDED_WELL:
        state = "idle"
    rejected = _rejected(letters)
    behind = lag(context, home)
    return {
        "lag_rows": behind.rows,
        "lag_seconds": round(behind.seconds, 1),
        "in_flight": held.get("in_flight", 0) if is_running else 0,
        "retries": held.get("retries", 0),
        "rejected": rejected or {},
        "dead_letters": None if rejected is None else sum(rejected.values()),
        "state": state,
        "error": held.get("error", ""),
        "running": is_running,
        "pid": held.get("pid"),
        "at": held.get("at"),
    }


def _rejected(letters: Letters) -> dict[str, int] | None:
    """Documents that wait in letters, by what they were refused for; None: not known now."""
    found: Counter[str] = Counter()
    try:
        for letter in letters.all():
            if letter.state == "waiting":
                found[letter.error.partition(":")[0]] += letter.count
    except StoreUnavailable:  # records on a server that is away
        return None
    return dict(sorted(found.items()))


_OFF: dict[str, Any] = {
    "lag_rows": None,
    "lag_seconds": None,
    "in_flight": 0,
    "retries": 0,
    "rejected": {},
    "dead_letters": 0,
    "state": "off",
    "error": "",
    "running": False,
    "pid": None,
    "at": None,
}
