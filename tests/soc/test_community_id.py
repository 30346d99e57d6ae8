"""Community ID against the vectors of its specification."""

from __future__ import annotations

import json

import pytest

from soc.community_id import community_id, community_id_of
from soc.errors import InputError
from tests.reference import reference


def test_every_vector_of_the_specification_holds() -> None:
    vectors = json.loads(reference("community-id/baseline_deflt.json").read_text())

    found = [
        community_id(v["saddr"], v["daddr"], v["proto"], v.get("sport"), v.get("dport"))
        for v in vectors
    ]

    assert found == [vector["communityid"] for vector in vectors]


def test_both_directions_have_one_name() -> None:
    there = community_id("192.0.2.1", "198.51.100.7", 6, 40_000, 443)

    assert there == community_id("198.51.100.7", "192.0.2.1", 6, 443, 40_000)
    assert there != community_id("198.51.100.7", "192.0.2.1", 17, 443, 40_000)


def test_equal_addresses_are_ordered_by_port() -> None:
    there = community_id("192.0.2.1", "192.0.2.1", 6, 443, 80)

    assert there == community_id("192.0.2.1", "192.0.2.1", 6, 80, 443)


def test_icmp_that_goes_one_way_is_not_turned_round() -> None:
    unreachable = community_id("192.0.2.9", "192.0.2.1", 1, 3, 1)

    assert unreachable != community_id("192.0.2.1", "192.0.2.9", 1, 3, 1)


def test_a_seed_gives_other_names() -> None:
    assert community_id("192.0.2.1", "192.0.2.9", 6, 1, 2, seed=1) != community_id(
        "192.0.2.1", "192.0.2.9", 6, 1, 2
    )


def test_what_is_no_address_has_no_name() -> None:
    with pytest.raises(InputError):
        community_id("192.0.2", "192.0.2.9", 6, 1, 2)


FLOW = {
    "source.ip": "192.0.2.1",
    "destination.ip": "198.51.100.7",
    "source.port": 40_000,
    "destination.port": 443,
    "network.iana_number": 6,
}


def test_an_event_is_named_by_its_ends_and_ports() -> None:
    assert community_id_of(FLOW) == community_id("192.0.2.1", "198.51.100.7", 6, 40_000, 443)


def test_an_event_of_icmp_is_named_by_type_and_code() -> None:
    asked = {"source.ip": "2001:db8::1", "destination.ip": "2001:db8::2", "network.iana_number": 58}
    row = {**asked, "soc.icmp_type": 128, "soc.icmp_code": 0}

    assert community_id_of(row) == community_id("2001:db8::1", "2001:db8::2", 58, 128, 0)


@pytest.mark.parametrize("absent", FLOW)
def test_an_event_without_a_part_of_it_has_no_name(absent: str) -> None:
    assert community_id_of({**FLOW, absent: None}) is None


def test_an_event_with_something_else_for_an_address_has_no_name() -> None:
    assert community_id_of({**FLOW, "source.ip": "unknown"}) is None


def test_a_protocol_without_ports_is_named_by_its_ends() -> None:
    row = {**FLOW, "network.iana_number": 47, "source.port": None, "destination.port": None}

    assert community_id_of(row) == community_id("192.0.2.1", "198.51.100.7", 47)
