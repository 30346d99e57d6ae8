"""When versions were committed, kept for ever: a reader far behind must know where to resume."""

from __future__ import annotations

import os
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path

from soc.store import _log_commits as commits
from soc.store._log_parquet import sync_folder

APART = timedelta(minutes=10)
OVERLAP = timedelta(minutes=30)  # rows are stamped before their commit, by clocks of several hosts


class Times:
    """A text file beside the table: ``version milliseconds`` by line, ascending."""

    def __init__(self, folder: Path) -> None:
        self._path = folder.parent / f".{folder.name}.times"

    def note(self, folder: Path, before: int) -> None:
        """Keep the times of the commits below a version, one each ten minutes, durably."""
        known = self._known()
        last = known[-1] if known else (-1, datetime.min.replace(tzinfo=UTC))
        lines: list[str] = []
        for version in commits.versions(folder):
            if last[0] < version < before:
                at = commits.read(folder, version).at
                if last[0] < 0 or at - last[1] >= APART:
                    lines.append(f"{version} {int(at.timestamp() * 1000)}\n")
                    last = (version, at)
        with self._path.open("a", encoding="ascii") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._path.parent)

    def since(self, version: int) -> datetime | None:
        """A time before which nothing later than the version was ingested; None: unknown."""
        known = self._known()
        at = bisect_right(known, version, key=lambda pair: pair[0]) - 1
        return known[at][1] - OVERLAP if at >= 0 else None

    def _known(self) -> list[tuple[int, datetime]]:
        try:
            lines = self._path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return []
        pairs = (line.split() for line in lines)
        return [
            (int(pair[0]), datetime.fromtimestamp(int(pair[1]) / 1000, UTC))
            for pair in pairs
            if len(pair) == 2 and pair[0].isdecimal() and pair[1].isdecimal()
        ]
