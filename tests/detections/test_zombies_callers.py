"""Names of clients, as long as they are few."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from detections._zombies_callers import MANY, Cells, Names

FIRST = 5  # of the days that every window holds


def added(*rows: tuple[int, int, list[str] | None]) -> Names:
    """System, day and names of each row."""
    names = Names(FIRST)
    cells = Cells(
        np.ones(len(rows), bool), np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    )
    names.add(pa.array([row[2] for row in rows], pa.list_(pa.string())), cells)
    return names


def clients(*held: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    made = np.zeros((2, 10), np.int64)
    for system, day, count in held:
        made[system, day] = count
    return made


def test_one_client_of_two_endpoints_is_one_client() -> None:
    counted = clients((0, 7, 3))

    found = added((0, 7, ["a"]), (0, 7, ["a", "b"])).named(counted)

    assert found == {0: {7: frozenset("ab")}}
    assert counted[0, 7] == 2


def test_a_day_of_which_one_endpoint_names_nobody_is_not_named() -> None:
    counted = clients((0, 7, 41), (1, 7, 1))

    found = added((0, 7, ["a"]), (0, 7, None), (1, 7, ["a"])).named(counted)

    assert found == {1: {7: frozenset("a")}}
    assert counted[0, 7] == 41


def test_a_system_with_many_clients_in_its_latest_days_is_not_followed() -> None:
    many = [(0, FIRST + n % 5, [f"client{n}"]) for n in range(MANY + 1)]

    assert added((0, 1, ["a"]), *many, (0, 6, ["b"])).named(clients((0, 1, 1))) == {}


def test_many_clients_long_ago_are_still_named() -> None:
    old = [(0, n % FIRST, [f"client{n}"]) for n in range(MANY + 1)]
    counts = clients(*((0, day, 4 if day < 2 else 3) for day in range(FIRST)))

    assert len(added(*old).named(counts)[0]) == FIRST
