"""Which clients a system had on which day, as long as they are few."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Matrix = np.ndarray[Any, Any]

MANY = 16  # clients; above every threshold, so that their names do not matter


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the rows of a batch belong: those that are kept, and their system and day."""

    kept: Matrix  # bool, one a row of the batch
    system: Matrix
    day: Matrix


class Names:
    """Names by system and day; a system with many in its latest days is not followed.

    ``first`` is the first of the days that every window holds.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._known: dict[str, str] = {}  # each name once
        self._days: defaultdict[int, defaultdict[int, list[str]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._latest: defaultdict[int, set[str]] = defaultdict(set)

    def add(self, callers: pa.Array, cells: Cells) -> None:
        """The names of a batch; a row without any says nothing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        chosen = pc.fill_null(pc.list_value_length(callers), 0).to_numpy(zero_copy_only=False) > 0
        lists = callers.filter(pa.array(chosen & cells.kept)).to_pylist()
        places = chosen[cells.kept]
        where = zip(cells.system[places].tolist(), cells.day[places].tolist(), strict=True)
        for (system, day), names in zip(where, lists, strict=True):
            self._put(system, day, names)

    def _put(self, system: int, day: int, names: list[str]) -> None:
        if len(self._latest[system]) > MANY:
            return
        self._days[system][day] += [self._known.setdefault(name, name) for name in names]
        if day >= self._first:
            self._latest[system].update(names)
            if len(self._latest[system]) > MANY:
                del self._days[system]

    def named(self, clients: Matrix) -> dict[int, dict[int, frozenset[str]]]:
        """Names of the days whose clients are all named; their number is put right.

        ``clients`` (systems, days) holds sums over endpoints: one client of two is counted twice.
        """
        found: defaultdict[int, dict[int, frozenset[str]]] = defaultdict(dict)
        for system, held in self._days.items():
            for day, names in held.items():
                if len(names) == clients[system, day]:
                    found[system][day] = frozenset(names)
                    clients[system, day] = len(found[system][day])
        return dict(found)
