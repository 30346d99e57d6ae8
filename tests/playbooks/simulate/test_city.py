from __future__ import annotations

from collections import Counter

import pytest

from playbooks.simulate import _city as city
from soc.net import covers, merge, network


def test_every_system_stands_in_its_zone() -> None:
    zones = {name: merge(map(network, prefixes)) for name, prefixes in city.ZONES.items()}

    strays = [s for s in city.systems() if not covers(zones[s.zone], network(s.address))]

    assert strays == []


def test_no_address_and_port_is_registered_twice() -> None:
    ends = Counter((system.address, system.port) for system in city.systems())

    assert [end for end, times in ends.items() if times > 1] == []


def test_every_system_belongs_to_a_unit_and_every_parent_is_one() -> None:
    names = {unit.name for unit in city.UNITS}

    assert {system.unit for system in city.systems()} <= names
    assert {unit.parent for unit in city.UNITS if unit.parent} <= names


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (city.ATTACKERS, city.CITIZENS),
        (city.ATTACKERS, city.DMZ),
        (city.CITIZENS, city.EXTRANET),
        (city.ATTACKERS_V6, city.CITIZENS_V6),
        (city.ATTACKERS_V6, city.DMZ_V6),
    ],
)
def test_those_who_attack_and_those_who_do_not_never_share_an_address(
    first: str, second: str
) -> None:
    one, other = network(first), network(second)

    assert one.last < other.first or other.last < one.first
