"""Addresses as integers, compared with ``ipaddress``."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Network, IPv6Network

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc import net
from soc.errors import InputError
from soc.net import Lookup, Network, address, covers, merge, network, subtract

V4 = st.builds(
    lambda value, length: network(str(ipaddress.ip_network((value, length), strict=False))),
    st.integers(0xC6120000, 0xC61203FF),  # 198.18.0.0/22
    st.integers(22, 32),
)
V6 = st.builds(
    lambda value, length: network(str(ipaddress.ip_network((value, length), strict=False))),
    st.integers(0x20010DB8 << 96, (0x20010DB8 << 96) + 0x3FF),
    st.integers(118, 128),
)
NETWORKS = st.lists(V4 | V6, max_size=30)
Theirs = IPv4Network | IPv6Network


def theirs(networks: list[Network]) -> list[Theirs]:
    """The same networks, merged by the standard library."""
    found: list[Theirs] = []
    found += ipaddress.collapse_addresses(IPv4Network(n.cidr) for n in networks if n.family == 4)
    found += ipaddress.collapse_addresses(IPv6Network(n.cidr) for n in networks if n.family == 6)
    return found


def addresses(networks: list[Network]) -> set[tuple[int, int]]:
    """Every single address; for small networks only."""
    return {(n.family, value) for n in networks for value in range(n.first, n.last + 1)}


@given(st.integers(0, 2**32 - 1) | st.integers(2**32, 2**128 - 1))
def test_text_of_an_address_is_canonical_and_comes_back(value: int) -> None:
    expected = ipaddress.ip_address(value)

    found = address(str(expected))

    if isinstance(expected, ipaddress.IPv6Address) and expected.ipv4_mapped:
        assert str(found) == str(expected.ipv4_mapped)
    else:
        assert (found.value, str(found)) == (value, str(expected))


@pytest.mark.parametrize(
    "text",
    ["::1.2.3.4", "::", "::1", "2001:db8::", "2001:db8:0:1:1:1:1:1", "2001:DB8::A", "1::8:0:0:1"],
)
def test_a_v6_text_has_the_one_form_of_rfc_5952(text: str) -> None:
    assert str(address(text)) == str(ipaddress.IPv6Address(text))


def test_a_v4_mapped_address_is_the_v4_address() -> None:
    assert address("::ffff:192.0.2.7") == address("192.0.2.7")
    assert address("::ffff:c000:207") == address("192.0.2.7")
    assert network("::ffff:192.0.2.0/120") == network("192.0.2.0/24")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.3",
        "192.0.2.01",
        "010.0.2.1",
        "0x7f.0.0.1",
        "192.0.2.256",
        "192.0.2.1 ",
        " 192.0.2.1",
        "192.0.2.1\n",
        "１９２.0.2.1",
        "192。0。2。1",
        "192.0.2.1\0",
        "\ud800",
        "fe80::1%eth0",
        "fe80::1%25eth0",
        "[2001:db8::1]",
        "2001:db8:::1",
        "2001:db8::12345",
        "localhost",
        "example.invalid",
        "3221225985",
        "-iL f",
        "127.0.0.1 --script x",
    ],
)
def test_anything_but_a_plain_address_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        address(text)


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/024",
        "192.0.2.0/+24",
        "192.0.2.0/24 ",
        "192.0.2.0/２４",
        "192.0.2.0/²",
        "192.0.2.0/24/24",
        "192.0.2.0/255.255.255.0",
        "192.0.2.1/24",
        "2001:db8::/129",
        "2001:db8::1/64",
        "::ffff:192.0.2.0/24",
        "/24",
        "192.0.2.0-192.0.2.9",
    ],
)
def test_anything_but_a_plain_prefix_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        network(text)


def test_set_host_bits_are_refused_with_the_network_that_was_meant() -> None:
    with pytest.raises(InputError, match=r"192\.0\.2\.0/24"):
        network("192.0.2.9/24")


@given(st.text(max_size=40))
def test_no_text_gives_anything_but_a_network_or_our_error(text: str) -> None:
    try:
        found = network(text)
    except InputError:
        return
    assert network(str(found)) == found


@given(V4 | V6)
def test_first_last_and_size_are_those_of_the_standard_library(found: Network) -> None:
    expected = ipaddress.ip_network(found.cidr)

    assert found.first == int(expected.network_address)
    assert found.last == int(expected.broadcast_address)
    assert found.size == expected.num_addresses


@given(NETWORKS)
def test_merging_gives_what_the_standard_library_gives(networks: list[Network]) -> None:
    assert [n.cidr for n in merge(networks)] == [str(n) for n in theirs(networks)]


@given(NETWORKS, NETWORKS)
def test_subtracting_leaves_exactly_the_addresses_outside_the_holes(
    networks: list[Network], holes: list[Network]
) -> None:
    left = subtract(networks, holes)

    assert addresses(left) == addresses(networks) - addresses(holes)
    assert left == merge(left)


def test_families_are_never_mixed() -> None:
    everything = network("::/0")

    assert subtract([network("192.0.2.0/24")], [everything]) == [network("192.0.2.0/24")]
    assert not everything.contains(address("192.0.2.1"))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_span_is_split_as_the_standard_library_splits_it(one: int, other: int) -> None:
    first, last = sorted((one, other))
    ends = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)

    found = net.span(4, first, last)

    assert [n.cidr for n in found] == [str(n) for n in ipaddress.summarize_address_range(*ends)]


def test_the_whole_v6_space_is_one_network() -> None:
    assert net.span(6, 0, 2**128 - 1) == [network("::/0")]


@given(NETWORKS, V4 | V6)
def test_a_merged_list_covers_what_all_its_addresses_cover(
    networks: list[Network], wanted: Network
) -> None:
    is_subset = addresses([wanted]) <= addresses(networks)

    assert covers(merge(networks), wanted) == is_subset


@given(st.lists(V4 | V6, max_size=20, unique=True), V4 | V6)
def test_the_longest_prefix_answers(prefixes: list[Network], wanted: Network) -> None:
    around = [n for n in prefixes if n.contains(wanted)]
    table = Lookup((n, str(n)) for n in prefixes)

    found = table.get(wanted)

    assert found == (str(max(around, key=lambda n: n.length)) if around else None)
    assert sorted(table.all(wanted)) == sorted(map(str, around))


def test_a_twin_has_sixteen_bytes_and_comes_back() -> None:
    assert net.twin("192.0.2.1") == bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
    assert net.untwin(net.twin("192.0.2.1")) == "192.0.2.1"
    assert net.untwin(net.twin("2001:db8::1")) == "2001:db8::1"


@given(V4 | V6, st.integers(0))
def test_the_twins_of_a_network_lie_between_its_bounds(found: Network, pick: int) -> None:
    inside = Network(
        found.family, found.first + pick % found.size, 32 if found.family == 4 else 128
    )

    low, high = net.bounds(found)

    assert low <= net.twin(str(inside)) <= high
    assert net.twin("203.0.113.1") > high or found.family == 6


@pytest.mark.parametrize("is_encoded", [True, False])
def test_columns_of_twins_and_texts_are_the_same_as_single_ones(is_encoded: bool) -> None:
    plain = pa.array(["192.0.2.1", None, "no address", "2001:db8::1", "192.0.2.1"])
    column = plain.dictionary_encode() if is_encoded else plain

    twins = net.twins(column)

    expected = [net.twin("192.0.2.1"), None, None, net.twin("2001:db8::1"), net.twin("192.0.2.1")]
    assert twins.to_pylist() == expected
    assert twins.type == pa.binary()
    assert net.texts(twins).to_pylist() == ["192.0.2.1", None, None, "2001:db8::1", "192.0.2.1"]


def test_an_empty_column_stays_empty() -> None:
    assert net.twins(pa.array([], pa.string())).to_pylist() == []
    assert net.texts(pa.array([], pa.binary())).to_pylist() == []
