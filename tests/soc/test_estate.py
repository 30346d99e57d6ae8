"""Who an address is, by zone, address and time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc._estate_claims import built
from soc.errors import InputError
from soc.estate import Claim, Estate, Owner
from soc.net import Network
from soc.records import Author
from soc.records.asset import Asset, Endpoint
from soc.records.zone import Zone

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")
HEAD: dict[str, Any] = {"at": NOW, "author": Author(login="tester"), "revision": 1}


def zone(name: str, *prefixes: str, private: bool = False) -> Zone:
    return Zone(
        id=f"lt-zone-{name}", state="active", name=name, prefixes=prefixes, private=private, **HEAD
    )


def asset(id: str, *endpoints: Endpoint, **facts: Any) -> Asset:
    return Asset(id=id, state="active", name=id, endpoints=endpoints, **facts, **HEAD)


def at(
    address: str, zone: str | None = None, start: date | None = None, end: date | None = None
) -> Endpoint:
    return Endpoint(address=address, zone=zone, start=start, end=end)


def estate(zones: list[Zone], *assets: Asset) -> Estate:
    return Estate(*built(zones, assets, BEIJING))


def test_two_private_zones_hold_the_same_address_for_two_units() -> None:
    zones = [
        zone("east", "198.18.0.0/24", private=True),
        zone("west", "198.18.0.0/24", private=True),
    ]
    found = estate(
        zones,
        asset("a", at("198.18.0.7", "east"), unit="school"),
        asset("b", at("198.18.0.7", "west"), unit="hospital"),
    )

    assert found.who("198.18.0.7", "east") == Owner("school", "east", "a", None)
    assert found.who("198.18.0.7", "west") == Owner("hospital", "west", "b", None)
    assert found.who("198.18.0.7") is None
    assert [owner.unit for owner in found.owners("198.18.0.7")] == ["school", "hospital"]


def test_an_address_without_a_zone_is_found_in_the_one_public_zone() -> None:
    zones = [zone("public", "192.0.2.0/24"), zone("lan", "192.0.2.0/24", private=True)]
    found = estate(zones, asset("a", at("192.0.2.7", "public"), unit="bureau"))

    assert found.who("192.0.2.7") == Owner("bureau", "public", "a", None)


def test_two_public_zones_that_hold_an_address_equally_give_no_answer() -> None:
    found = estate([zone("one", "192.0.2.0/24"), zone("two", "192.0.2.0/24")])

    assert found.who("192.0.2.7") is None
    assert found.who("192.0.2.7", "two") == Owner(zone="two")


def test_an_address_beats_a_range_and_a_range_beats_the_zone() -> None:
    found = estate(
        [zone("z", "192.0.2.0/28")],
        asset("lan", at("192.0.2.0/24", "z"), unit="street"),
        asset("floor", at("192.0.2.0-192.0.2.63", "z"), unit="office"),
        asset("server", at("192.0.2.9", "z"), unit="bureau", systems=("oa",)),
    )

    assert found.who("192.0.2.9", "z") == Owner("bureau", "z", "server", "oa")
    assert found.who("192.0.2.8", "z") == Owner("office", "z", "floor", None)
    assert found.who("192.0.2.200", "z") == Owner("street", "z", "lan", None)


def test_what_equal_claims_contradict_is_not_stated() -> None:
    found = estate(
        [zone("z", "192.0.2.0/24")],
        asset("one", at("192.0.2.9", "z"), unit="bureau", systems=("oa",)),
        asset("two", at("192.0.2.9", "z"), unit="bureau", systems=("web",)),
    )

    assert found.who("192.0.2.9", "z") == Owner("bureau", "z", None, None)


def test_an_endpoint_without_a_zone_lies_in_the_public_zone_around_it() -> None:
    found = estate([zone("z", "2001:db8::/32")], asset("a", at("2001:db8::7"), unit="bureau"))

    assert found.who("2001:db8::7") == Owner("bureau", "z", "a", None)


def test_an_address_changes_hands_at_midnight_of_the_site() -> None:
    found = estate(
        [zone("z", "192.0.2.0/24")],
        asset("old", at("192.0.2.9", "z", end=date(2026, 3, 17)), unit="street"),
        asset("new", at("192.0.2.9", "z", start=date(2026, 3, 18)), unit="bureau"),
    )
    before, after = datetime(2026, 3, 17, 15, 59, tzinfo=UTC), datetime(2026, 3, 17, 16, tzinfo=UTC)

    assert found.who("192.0.2.9", "z", before) == Owner("street", "z", "old", None)
    assert found.who("192.0.2.9", "z", after) == Owner("bureau", "z", "new", None)
    assert found.who("192.0.2.9", "z") == Owner("bureau", "z", "new", None)


def test_inside_comes_from_the_ledger_and_not_from_rfc_1918() -> None:
    found = estate([zone("z", "192.0.2.0/24")])

    assert found.is_inside("192.0.2.9")
    assert not found.is_inside("10.0.0.1")
    assert found.is_inside("192.0.2.9", "elsewhere")


def test_a_text_that_is_no_address_is_refused() -> None:
    with pytest.raises(InputError):
        estate([]).who("localhost")


def test_an_address_of_the_ledger_that_cannot_be_read_claims_nothing() -> None:
    found = estate([], asset("a", at("10.1"), unit="bureau"), asset("b", at("192.0.2.9-192.0.2.1")))

    assert found.claims == ()


def test_the_version_is_that_of_the_revisions_that_were_read() -> None:
    one = estate([zone("z", "192.0.2.0/24")])
    same = estate([zone("z", "192.0.2.0/24")])
    more = estate([zone("z", "192.0.2.0/24")], asset("a"))

    assert one.version == same.version != more.version
    assert 0 < more.version < 2**63
    assert estate([]).version == 0


def rows(**columns: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def test_both_ends_of_every_row_are_attributed() -> None:
    found = estate(
        [zone("z", "192.0.2.0/24")],
        asset("a", at("192.0.2.9", "z"), unit="bureau", systems=("oa",)),
    )
    batch = rows(
        **{
            "@timestamp": pa.array([NOW] * 4, pa.timestamp("us", tz="UTC")),
            "source.ip": pa.array(["192.0.2.9", "203.0.113.1", None, "no address"]),
            "destination.ip": pa.array(["203.0.113.1", "192.0.2.8", "192.0.2.9", "192.0.2.9"]),
        }
    )

    told = found.enrich(batch, "z").to_pydict()

    assert told["soc.source.unit"] == ["bureau", None, None, None]
    assert told["soc.source.system"] == ["oa", None, None, None]
    assert told["soc.destination.zone"] == [None, "z", "z", "z"]
    assert told["soc.destination.asset"] == [None, None, "a", "a"]
    assert set(told["soc.estate_version"]) == {found.version}


def test_each_row_is_attributed_as_of_its_own_time() -> None:
    found = estate(
        [zone("z", "192.0.2.0/24")],
        asset("old", at("192.0.2.9", "z", end=date(2026, 3, 17)), unit="street"),
        asset("new", at("192.0.2.9", "z", start=date(2026, 3, 18)), unit="bureau"),
    )
    times = [datetime(2026, 3, 17, 15, tzinfo=UTC), datetime(2026, 3, 17, 17, tzinfo=UTC)]
    batch = rows(
        **{
            "@timestamp": pa.array(times, pa.timestamp("us", tz="UTC")),
            "source.ip": pa.array(["192.0.2.9", "192.0.2.9"]).dictionary_encode(),
        }
    )

    told = found.enrich(batch, "z").to_pydict()

    assert told["soc.source.unit"] == ["street", "bureau"]


def test_an_estate_without_a_ledger_attributes_nothing_and_says_so() -> None:
    told = Estate().enrich(rows(**{"source.ip": ["192.0.2.9"]}), None).to_pydict()

    assert told["soc.source.unit"] == [None]
    assert told["soc.estate_version"] == [0]
    assert "soc.destination.unit" not in told


def test_an_empty_batch_gets_the_columns_too() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([], pa.string())], names=["source.ip"])

    assert Estate().enrich(batch, None).num_rows == 0


SMALL = st.builds(
    lambda family, value, length: (
        Network(4, 0xC6120000 + (value >> (8 - length) << (8 - length)), 24 + length)
        if family == 4
        else Network(6, (0x20010DB8 << 96) + (value >> (8 - length) << (8 - length)), 120 + length)
    ),
    st.sampled_from([4, 6]),
    st.integers(0, 255),
    st.integers(0, 8),
)
CLAIMS = st.lists(
    st.builds(
        lambda found, zone, unit, rank, day: Claim(
            found, Owner(unit, zone), rank, NOW + timedelta(days=day), NOW + timedelta(days=day + 2)
        ),
        SMALL,
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["u", "v"]),
        st.integers(0, 2),
        st.integers(-2, 2),
    ),
    max_size=8,
)
ROWS = st.lists(st.tuples(SMALL, st.integers(-3, 5)), max_size=8)


@given(CLAIMS, ROWS, st.sampled_from(["a", None]))
def test_a_batch_is_attributed_as_each_address_alone(
    claims: list[Claim], asked: list[tuple[Network, int]], zone: str | None
) -> None:
    found = Estate(tuple(claims), private=frozenset({"b"}), version=1)
    texts = [str(Network(n.family, n.value, 32 if n.family == 4 else 128)) for n, _ in asked]
    times = [NOW + timedelta(days=day) for _, day in asked]
    batch = pa.RecordBatch.from_arrays(
        [pa.array(times, pa.timestamp("us", tz="UTC")), pa.array(texts, pa.string())],
        names=["@timestamp", "source.ip"],
    )

    told = found.enrich(batch, zone).to_pydict()

    alone = [found.who(text, zone, at) or Owner() for text, at in zip(texts, times, strict=True)]
    assert told["soc.source.unit"] == [owner.unit for owner in alone]
    assert told["soc.source.zone"] == [owner.zone for owner in alone]
