from __future__ import annotations

import pytest

from scanners._nmap_command import count
from scanners._ports import GROUPS, curated, holds


def test_every_port_is_named_once_in_ascending_order() -> None:
    numbers = [int(port) for port in curated().split(",")]

    assert numbers == sorted(set(numbers))


def test_the_list_is_one_that_nmap_takes() -> None:
    assert count(curated()) == len({port for ports in GROUPS.values() for port in ports})


def test_the_ports_of_domestic_middleware_and_databases_are_there() -> None:
    assert {7001, 8848, 20880, 5236, 54321} <= {int(port) for port in curated().split(",")}


@pytest.mark.parametrize(
    ("number", "held"), [(22, True), (80, False), (8000, True), (8100, True), (8101, False)]
)
def test_a_list_holds_its_ports_and_those_between(number: int, held: bool) -> None:
    assert holds("22,8000-8100", number) is held
