"""Use through the systems in front."""

from __future__ import annotations

from detections._zombies_facts import Front
from detections._zombies_front import Stand, fronts


def stand(id: str, clients: int, *callers: str) -> Stand:
    """A system at an address that is spelt like it."""
    return Stand(id, id.upper(), frozenset({id}), frozenset(callers), clients)


def test_a_system_that_is_called_by_another_has_its_clients() -> None:
    found = fronts([stand("web", 40), stand("db", 1, "web")])

    assert found == {"db": Front("WEB", 40)}


def test_use_comes_through_several_systems_and_the_busiest_counts() -> None:
    made = [stand("web", 40), stand("office", 7), stand("app", 2, "web", "office")]

    found = fronts([*made, stand("db", 1, "app")])

    assert found["db"] == found["app"] == Front("WEB", 40)


def test_systems_that_call_each_other_have_only_each_other() -> None:
    found = fronts([stand("a", 1, "b"), stand("b", 1, "a", "b")])

    assert found == {"a": Front("B", 1), "b": Front("A", 1)}


def test_a_client_that_is_no_system_is_no_front() -> None:
    assert fronts([stand("db", 1, "198.18.1.7")]) == {}
