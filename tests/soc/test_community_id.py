"""Community ID against the vectors of its specification."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from soc.community_id import community_id, community_ids
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


def test_rows_get_the_same_names_and_null_where_an_end_is_missing() -> None:
    rows = pa.record_batch(
        {
            "source.ip": pa.array(["192.0.2.1", "2001:db8::1", None]).dictionary_encode(),
            "destination.ip": ["198.51.100.7", "2001:db8::2", "192.0.2.1"],
            "source.port": pa.array([40_000, None, 1], pa.int32()),
            "destination.port": pa.array([443, None, 1], pa.int32()),
            "soc.icmp_type": pa.array([None, 128, None], pa.int32()),
            "soc.icmp_code": pa.array([None, 0, None], pa.int32()),
            "network.iana_number": pa.array([6, 58, 6], pa.int32()),
        }
    )

    assert community_ids(rows).to_pylist() == [
        community_id("192.0.2.1", "198.51.100.7", 6, 40_000, 443),
        community_id("2001:db8::1", "2001:db8::2", 58, 128, 0),
        None,
    ]
    assert community_ids(rows.select(["source.ip"])).to_pylist() == [None] * 3
