from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._ledger_address import Place, places
from collectors._ledger_problem import Problem
from soc import net


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("198.51.100.7", ["198.51.100.7"]),
        (
            "198.51.100.7、198.51.100.8；198.51.100.9",
            ["198.51.100.7", "198.51.100.8", "198.51.100.9"],
        ),
        ("198.51.100.7/198.51.100.8", ["198.51.100.7", "198.51.100.8"]),
        ("198.51.100.1-198.51.100.3", ["198.51.100.1-198.51.100.3"]),
        ("198.51.100.1-3", ["198.51.100.1-198.51.100.3"]),
        ("198.51.100.0～198.51.100.255", ["198.51.100.0/24"]),
        ("198.51.100.1 至 198.51.100.3", ["198.51.100.1-198.51.100.3"]),
        ("198.51.100.0/24", ["198.51.100.0/24"]),
        ("198.51.100.0 255.255.255.0", ["198.51.100.0/24"]),
        ("198.51.100.0/255.255.255.0", ["198.51.100.0/24"]),
        ("198.51.100.*", ["198.51.100.0/24"]),
        ("１９８．５１。100．７", ["198.51.100.7"]),
        ("2001:DB8::1", ["2001:db8::1"]),
        ("[2001:db8::1]", ["2001:db8::1"]),
        ("2001:db8::1%eth0", ["2001:db8::1"]),
        ("2001:db8::/120", ["2001:db8::/120"]),
        ("2001:db8::1-2001:db8::3", ["2001:db8::1-2001:db8::3"]),
        ("IP地址：198.51.100.7", ["198.51.100.7"]),
        ("无", []),
        ("/", []),
        ("", []),
    ],
)
def test_an_address_is_read_as_people_write_it(cell: str, addresses: list[str]) -> None:
    assert [place.address for place in places(cell)] == addresses


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("198.51.100.7:8080", Place("198.51.100.7", None, 8080)),
        ("[2001:db8::1]:443", Place("2001:db8::1", None, 443)),
        ("https://198.51.100.7/login", Place("198.51.100.7", None, 443)),
        ("http://[2001:db8::1]:81/", Place("2001:db8::1", None, 81)),
        ("https://www.example.gov.cn/a", Place(None, None, 443, "www.example.gov.cn")),
        ("WWW.example.gov.cn:8443/a", Place(None, None, 8443, "www.example.gov.cn")),
        ("VIP:198.51.100.7", Place("198.51.100.7", "virtual")),
        ("管理地址198.51.100.7", Place("198.51.100.7", "management")),
    ],
)
def test_a_member_carries_port_name_and_role(cell: str, found: Place) -> None:
    assert places(cell) == [found]


@pytest.mark.parametrize(
    "cell",
    [
        "公网203.0.113.5(映射内网198.51.100.7)",
        "公网203.0.113.5（映射内网198.51.100.7）",
        "203.0.113.5->198.51.100.7",
        "203.0.113.5 映射到 198.51.100.7",
    ],
)
def test_a_mapping_has_an_outer_and_an_inner_address(cell: str) -> None:
    assert places(cell) == [Place("203.0.113.5", "nat"), Place("198.51.100.7", None)]


def test_host_bits_are_taken_as_the_network_with_a_note() -> None:
    (place,) = places("198.51.100.7/24")

    assert place.address == "198.51.100.0/24"
    assert place.note is not None


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("010.001.001.001", "10.1.1.1"),
        ("198.51.100.256", "192.0.2.10"),
        ("198.51.0.0/16", "4096"),
        ("198.51.100.9-198.51.100.1", "lower address first"),
        ("198.51.100.1-2001:db8::1", "192.0.2.10"),
        ("198.51.100.7:99999", "65535"),
        ("198.51.100.0/255.0.255.0", "mask"),
        ("见附件", "domain name"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_remedy(cell: str, remedy: str) -> None:
    with pytest.raises(Problem) as told:
        places(cell)

    assert remedy in told.value.remedy


@settings(max_examples=200)
@given(
    st.text(max_size=40) | st.text(alphabet="0123456789.:/-*[]%() 、公网映射abcdef", max_size=40)
)
def test_any_text_is_read_or_refused(cell: str) -> None:
    try:
        found = places(cell)
    except Problem:
        return

    for place in found:
        assert place.address or place.domain
        for end in (place.address or "192.0.2.1").split("-"):
            assert net.network(end)


@settings(max_examples=60)
@given(st.ip_addresses(), st.sampled_from(["、", ",", "；", " ", "\n", "，"]))
def test_every_address_survives_a_list(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, mark: str
) -> None:
    found = places(f"{address}{mark}198.51.100.1")

    assert [place.address for place in found] == [str(net.address(str(address))), "198.51.100.1"]
