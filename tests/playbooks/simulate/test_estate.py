from __future__ import annotations

from collections import Counter

from playbooks.simulate import _city as city
from playbooks.simulate import _estate
from soc.net import covers, merge, network


def test_every_system_stands_in_its_zone() -> None:
    zones = {name: merge(map(network, prefixes)) for name, prefixes in city.ZONES.items()}

    strays = [s for s in _estate.registered() if not covers(zones[s.zone], network(s.address))]

    assert strays == []


def test_only_the_endpoint_in_dispute_is_registered_twice() -> None:
    ends = Counter((s.zone, s.address, s.port) for s in _estate.registered())

    twice = [end for end, times in ends.items() if times > 1]

    assert twice == [("公用网络区", _estate.DISPUTED[0].address, _estate.DISPUTED[0].port)]
    assert len({system.unit for system in _estate.DISPUTED}) == 2


def test_cloud_and_video_network_hold_the_same_addresses() -> None:
    held = {
        zone: {s.address for s in _estate.registered() if s.zone == zone} for zone in city.PRIVATE
    }

    assert held["政务云"] & held["视频专网"]


def test_no_system_has_the_name_of_another() -> None:
    names = Counter(system.name for system in _estate.registered())

    assert [name for name, times in names.items() if times > 1] == []


def test_the_shadow_stands_in_no_row() -> None:
    assert _estate.SHADOW not in {system.address for system in _estate.registered()}


def test_every_class_that_a_ledger_can_come_to_is_planted() -> None:
    planted = {each.category for each in _estate.SILENT}

    assert planted == {"zombie", "suspected", "lost", "unverified", "answering"}
    assert {each.category for each in _estate.BENIGN} == {"active"}
