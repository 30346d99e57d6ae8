"""The commits of one table as its folder ``_delta_log`` holds them: one JSON file a version."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from soc.errors import StoreError
from soc.query import Period
from soc.store._log_parquet import MILLISECOND, sync_folder

log = logging.getLogger(__name__)

DAY = "soc.arrival_day"  # partition column, not a field: UTC day of arrival
MADE = "soc.commit"  # key in commitInfo: the mark of one try to commit
AT = "soc.at_ms"  # key in commitInfo: when, by our clock
_TORN = "{}: cut short: restore this commit of the event log"
ACTIONS = "soc.actions"  # key in commitInfo: how many lines follow it at least


@dataclass(frozen=True, slots=True)
class LogFile:
    """A Parquet file to read, absolute.

    ``version`` is the commit that appended its rows, known when a window is read. A file with
    ``ingested_from`` belongs to a reader further behind than the log is kept: of its rows those
    with ``event.ingested`` at or after that time are wanted, and some may come a second time
    (same ``event.id``).
    """

    path: Path
    version: int | None
    ingested_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """An ``add`` action."""

    path: str  # relative to the table
    day: str
    is_new: bool  # False where compaction moved rows that were there
    least: datetime | None  # of @timestamp; None where unknown
    greatest: datetime | None

    def may_hold(self, period: Period | None) -> bool:
        """False only where no row can lie in the period."""
        if period is None or self.least is None or self.greatest is None:
            return True
        return self.least < period.end and self.greatest + MILLISECOND >= period.start


@dataclass(frozen=True, slots=True)
class Commit:
    """What one version did."""

    version: int
    at: datetime
    mark: str | None
    adds: tuple[Added, ...]
    dropped_days: frozenset[str]  # partitions whose rows retention took away


class Torn(StoreError):  # noqa: N818 - a state, repaired where it is the newest commit
    """A commit's file is empty or cut short: power was lost before it was acknowledged."""


def path_of(folder: Path, version: int) -> Path:
    return folder / "_delta_log" / f"{version:020d}.json"


def changed_ns(folder: Path) -> int:
    """When a commit was last added or taken away, nanoseconds of the file system's clock."""
    return (folder / "_delta_log").stat().st_mtime_ns


def read(folder: Path, version: int) -> Commit:
    """One commit.

    Raises:
        FileNotFoundError: no longer, or not yet, there.
        Torn: cut short.
    """
    actions = _actions(path_of(folder, version))
    info: Mapping[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    if len(actions) - 1 < int(info.get(ACTIONS, 0)):
        raise Torn(_TORN.format(path_of(folder, version)))
    removes = [a["remove"] for a in actions if "remove" in a]
    return Commit(
        version,
        datetime.fromtimestamp(int(info.get(AT, info.get("timestamp", 0))) / 1000, UTC),
        info.get(MADE),
        tuple(_added(a["add"]) for a in actions if "add" in a),
        frozenset(r["partitionValues"][DAY] for r in removes if r["dataChange"]),
    )


def _actions(path: Path) -> list[dict[str, Any]]:
    try:
        actions = [json.loads(line) for line in path.read_bytes().splitlines()]
    except ValueError as error:
        raise Torn(_TORN.format(path)) from error
    if not actions or not all(isinstance(action, dict) for action in actions):
        raise Torn(_TORN.format(path))
    return actions


def _added(action: Mapping[str, Any]) -> Added:
    stats = json.loads(action.get("stats") or "{}")
    return Added(
        action["path"],
        action["partitionValues"][DAY],
        bool(action["dataChange"]),
        _time(stats.get("minValues", {}).get("@timestamp")),
        _time(stats.get("maxValues", {}).get("@timestamp")),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def versions(folder: Path) -> list[int]:
    """Versions whose commit file is there, ascending."""
    return _numbered(folder, ".json")


def checkpoints(folder: Path) -> list[int]:
    """Versions with a checkpoint, ascending."""
    return _numbered(folder, ".checkpoint.parquet")


def beginning(folder: Path) -> int | None:
    """The first version that can be read as a whole where earlier commits are gone."""
    there = set(versions(folder))
    return next((version for version in checkpoints(folder) if version in there), None)


def _numbered(folder: Path, ending: str) -> list[int]:
    try:
        with os.scandir(folder / "_delta_log") as entries:
            names = [e.name for e in entries if e.name.endswith(ending)]
    except FileNotFoundError:
        return []
    stems = (name.removesuffix(ending) for name in names)
    return sorted(int(stem) for stem in stems if stem.isdecimal() and len(stem) == 20)


def is_torn(folder: Path, version: int) -> bool:
    """True where the commit's file is there, but cut short."""
    try:
        read(folder, version)
    except Torn:
        return True
    except FileNotFoundError:
        return False
    return False


def repair(folder: Path) -> list[str]:
    """Put aside what a loss of power left half-written; the names of the files.

    A commit is acknowledged only after its file is on the disk: one that is cut short was
    never acknowledged, and its source is read again. Hold the commit lock.
    """
    aside = [path for path in _half_checkpoints(folder) if path.exists()]
    last = versions(folder)[-1:]
    aside += [path_of(folder, version) for version in last if is_torn(folder, version)]
    for path in aside:
        path.rename(path.with_name(path.name + ".torn"))
        log.warning(
            "half-written file of the event log put aside",
            extra={"file.path": str(path), "event.reason": "power lost before it was stored"},
        )
    if aside:
        sync_folder(folder / "_delta_log")
    return [path.name for path in aside]


def _half_checkpoints(folder: Path) -> Iterator[Path]:
    """Checkpoints that are cut short, and the pointer where it is, or points to one."""
    there = checkpoints(folder)
    half = [version for version in there if not _is_whole(checkpoint_of(folder, version))]
    yield from (checkpoint_of(folder, version) for version in half)
    pointer = folder / "_delta_log" / "_last_checkpoint"
    if not pointer.exists():
        return
    try:
        target = json.loads(pointer.read_bytes())["version"]
    except (ValueError, KeyError, TypeError):
        yield pointer
        return
    if target in half or target not in there:
        yield pointer


def checkpoint_of(folder: Path, version: int) -> Path:
    return folder / "_delta_log" / f"{version:020d}.checkpoint.parquet"


def _is_whole(path: Path) -> bool:
    """True where a Parquet file has its end."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 4))
        return file.read() == b"PAR1"


def between(folder: Path, after: int, upto: int) -> list[Commit]:
    """The commits after one version, up to and with another.

    Raises:
        FileNotFoundError: one of them is no longer there.
    """
    return [read(folder, version) for version in range(after + 1, upto + 1)]


def appended(commits: list[Commit]) -> list[tuple[int, Added]]:
    """New rows by version; days that retention dropped later are left out."""
    dropped: dict[str, int] = {}
    for commit in commits:
        dropped.update(dict.fromkeys(commit.dropped_days, commit.version))
    return [
        (commit.version, added)
        for commit in commits
        for added in commit.adds
        if added.is_new and dropped.get(added.day, -1) < commit.version
    ]
