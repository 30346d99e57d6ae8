from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._ledger_ports import Port, ports
from collectors._ledger_problem import Problem


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("80", [80]),
        ("80.0", [80]),
        ("80、443；8080-8082", [80, 443, 8080, 8081, 8082]),
        ("８０，４４３", [80, 443]),
        ("80 443\n22", [80, 443, 22]),
        ("80/443", [80, 443]),
        ("443(https)", [443]),
        ("全部", []),
        ("无", []),
        ("", []),
    ],
)
def test_ports_are_read_as_people_write_them(cell: str, numbers: list[int]) -> None:
    assert [port.number for port in ports(cell)] == numbers


@pytest.mark.parametrize("cell", ["udp53", "UDP/53", "53/udp"])
def test_a_port_may_carry_its_protocol(cell: str) -> None:
    assert ports(cell) == [Port(53, "udp")]


@pytest.mark.parametrize("cell", ["0", "65536", "80443", "abc", "8090-8080", "1-9999"])
def test_what_is_no_port_is_told_with_a_remedy(cell: str) -> None:
    with pytest.raises(Problem):
        ports(cell)


@settings(max_examples=150)
@given(st.text(max_size=20) | st.text(alphabet="0123456789-、/tcpud ", max_size=20))
def test_any_text_is_read_or_refused(cell: str) -> None:
    try:
        found = ports(cell)
    except Problem:
        return

    assert all(1 <= port.number <= 65_535 for port in found)
