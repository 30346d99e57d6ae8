"""What exporters do on the wire, and what becomes of it: one rule a test."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._netflow_decoder import Decoder
from collectors._netflow_flush import Share
from collectors._netflow_session import Exporter
from tests.collectors.netflow_wire import (
    EDGE,
    FLOW,
    FLOW_TEMPLATE,
    SECONDS,
    UPTIME_MS,
    Field,
    a_set,
    decoded,
    flow,
    ipfix,
    options9,
    options10,
    rows,
    tally,
    template,
    v5,
    v5_record,
    v9,
)

SENT = datetime.fromtimestamp(SECONDS, UTC)
BASE: tuple[Field, ...] = ((8, 4), (12, 4))
ENDS = bytes([198, 51, 100, 7, 192, 0, 2, 9])


def one9(*fields: Field, body: bytes, **head: int) -> dict[str, Any]:
    """The only row of a version 9 record of these fields behind two addresses."""
    message = v9(template(256, *BASE, *fields), a_set(256, ENDS, body), **head)
    (row,) = rows(decoded(message))
    return row


def one10(*fields: Field, body: bytes) -> dict[str, Any]:
    """The only row of an IPFIX record of these fields behind two addresses."""
    message = ipfix(template(256, *BASE, *fields, version=10), a_set(256, ENDS, body))
    (row,) = rows(decoded(message))
    return row


def other(row: dict[str, Any]) -> dict[str, str]:
    return dict(row.get("soc.other", []))


# Templates


def test_a_redefined_template_leaves_the_data_before_it_as_it_was() -> None:
    swapped = template(256, (12, 4), (8, 4), (11, 2), (1, 4), (4, 1))
    data = [v9(FLOW_TEMPLATE, a_set(256, flow())), v9(swapped, a_set(256, flow()))]

    found = rows(decoded(*data))

    assert [row["source.ip"] for row in found] == ["198.51.100.7", "192.0.2.9"]


def test_an_unusable_redefinition_ends_the_old_template() -> None:
    empty = template(256, (8, 0))

    found = decoded(v9(FLOW_TEMPLATE), v9(empty), v9(a_set(256, flow())))

    assert (tally(found).records, tally(found).waiting) == (0, 1)


@pytest.mark.parametrize("number", [256, 2, 3])
def test_a_withdrawal_has_no_force_over_udp(number: int) -> None:
    withdrawal = a_set(2, pack(">HH", number, 0))
    template10 = template(256, *FLOW, version=10)

    found = decoded(ipfix(template10), ipfix(withdrawal), ipfix(a_set(256, flow())))

    assert tally(found).records == 1


def test_data_before_its_template_is_decoded_when_the_template_comes() -> None:
    early = v9(a_set(256, flow(1)), seconds=SECONDS)
    late = v9(FLOW_TEMPLATE, a_set(256, flow(2)), seconds=SECONDS + 60)

    batches = decoded(early, late)

    found = rows(batches)
    assert [(r["source.bytes"], r["@timestamp"]) for r in found] == [
        (1, SENT),
        (2, SENT + timedelta(seconds=60)),
    ]
    assert tally(batches).waiting == 0


def test_data_waits_fifteen_minutes_and_no_longer() -> None:
    late = SECONDS + 15 * 60 + 1
    data = [v9(a_set(256, flow(1))), v9(a_set(256, flow(2)), seconds=late)]

    found = decoded(*data, v9(FLOW_TEMPLATE, seconds=late))

    assert [row["source.bytes"] for row in rows(found)] == [2]
    assert (tally(found).waiting, tally(found).refused) == (0, 1)


def test_what_waits_is_bounded_in_octets() -> None:
    data = [v9(a_set(256, bytes(60_000))) for _ in range(100)]

    found = decoded(*data)

    assert 60 < tally(found).waiting < 75
    assert tally(found).waiting + tally(found).refused == 100


def test_templates_of_one_exporter_and_domain_are_not_those_of_another() -> None:
    decoder = Decoder(Share(None, "live"))
    elsewhere = Exporter(EDGE.address, EDGE.port + 1)

    decoder.feed([(v9(FLOW_TEMPLATE), EDGE, -1)], 7)
    decoder.feed([(v9(a_set(256, flow())), elsewhere, -1)], 7)
    decoder.feed([(v9(a_set(256, flow()), domain=1), EDGE, -1)], 7)

    assert tally(decoder.settle(7)).waiting == 2


def test_an_exporter_that_changes_its_port_may_keep_its_templates() -> None:
    decoder = Decoder(Share(None, "live"), by_address=True)

    decoder.feed([(v9(FLOW_TEMPLATE), EDGE, -1)], 7)
    decoder.feed([(v9(a_set(256, flow())), Exporter(EDGE.address, 9), -1)], 7)

    assert tally(decoder.settle(7)).records == 1


def test_an_exporter_that_restarts_loses_its_templates() -> None:
    data = [
        v9(FLOW_TEMPLATE, uptime_ms=900_000),
        v9(a_set(256, flow()), uptime_ms=901_000),
        v9(a_set(256, flow()), uptime_ms=5_000),
    ]

    found = tally(decoded(*data, exporter=EDGE))

    assert (found.records, found.waiting) == (1, 1)


def test_templates_of_an_exporter_are_bounded() -> None:
    many = [
        v9(*(template(number, *FLOW) for number in range(start, start + 50)), domain=3)
        for start in range(256, 2_256, 50)
    ]

    found = decoded(*many, v9(a_set(2_255, flow()), domain=3), v9(a_set(256, flow()), domain=3))

    assert (tally(found).records, tally(found).waiting) == (1, 1)


def test_a_template_of_too_many_fields_is_not_used() -> None:
    many: list[Field] = [(1, 4)] * 600

    found = decoded(v9(template(256, *many)), v9(a_set(256, bytes(2_400))))

    assert tally(found).waiting == 1


# Sets and records


@pytest.mark.parametrize("padding", [0, 1, 3, 7, 14])
def test_zero_octets_after_the_last_record_are_padding(padding: int) -> None:
    found = decoded(v9(FLOW_TEMPLATE, a_set(256, flow(), padding=padding)))

    assert (tally(found).records, tally(found).refused) == (1, 0)


def test_a_message_whose_data_does_not_fit_its_template_is_discarded_whole() -> None:
    good, stale = a_set(256, flow()), a_set(256, flow(), b"\x01" * 7)
    template10 = template(256, *FLOW, version=10)

    found = decoded(ipfix(template10), ipfix(good, stale), ipfix(good))

    assert (tally(found).records, tally(found).refused) == (1, 1)


def test_junk_after_as_many_records_as_the_header_counts_is_left_out() -> None:
    found = decoded(v9(FLOW_TEMPLATE, a_set(256, flow(), b"\x01" * 7), count=2))

    assert (tally(found).records, tally(found).refused) == (1, 0)


@pytest.mark.parametrize(
    "broken",
    [
        a_set(256, flow())[:-1],
        pack(">HH", 256, 3) + b"xyz",
        pack(">HH", 256, 0) + b"xyz",
        pack(">HH", 256, 9_999),
        a_set(0, pack(">HH", 300, 50)),
        a_set(0, pack(">HHHH", 5, 1, 8, 4)),
    ],
)
def test_a_malformed_message_is_discarded_whole(broken: bytes) -> None:
    found = decoded(v9(FLOW_TEMPLATE), v9(a_set(256, flow()), broken), v9(a_set(256, flow())))

    assert (tally(found).records, tally(found).refused) == (1, 1)


def test_set_numbers_that_are_kept_free_are_passed_over() -> None:
    found = decoded(v9(FLOW_TEMPLATE, a_set(77, b"????"), a_set(256, flow())))

    assert tally(found).records == 1


def test_fields_of_length_zero_take_no_place() -> None:
    row = one9((58, 0), (1, 4), (82, 0), body=pack(">I", 9))

    assert row["source.bytes"] == 9


def test_an_element_that_comes_twice_keeps_both_values() -> None:
    row = one9((94, 4), (94, 4), body=b"web\x00mail")

    assert other(row) == {"applicationDescription": "web", "applicationDescription_2": "mail"}


@pytest.mark.parametrize("width", range(1, 9))
def test_counters_may_have_any_width(width: int) -> None:
    value = 0x0123_4567_89AB_CDEF >> (64 - 8 * width)

    row = one10((1, width), body=value.to_bytes(width, "big"))

    assert row["source.bytes"] == value


def test_a_counter_beyond_our_range_is_its_maximum() -> None:
    row = one10((1, 8), body=b"\xff" * 8)

    assert row["source.bytes"] == 2**63 - 1


def test_elements_of_other_enterprises_are_kept_by_their_numbers() -> None:
    row = one10((14, 1, 6871), (7, 3, 9_999), body=b"\x02\x01\x02\x03")

    assert other(row) == {"initialTCPFlags": "2", "e9999.7": "0x010203"}


def test_a_high_element_of_version_9_has_no_enterprise() -> None:
    row = one9((33_002, 2), (1, 4), body=pack(">HI", 1_001, 9))

    assert (row["source.bytes"], other(row)) == (9, {"ie33002": "0x03e9"})


def test_text_that_is_no_utf_8_is_replaced() -> None:
    row = one10((371, 6), body=b"ab\xff\xfec\x00")

    assert other(row) == {"userName": "ab\ufffd\ufffdc"}


def test_text_beyond_the_limit_is_cut_and_named() -> None:
    row = one10((371, 65_535), body=b"\xff" + pack(">H", 9_000) + b"x" * 9_000)

    assert len(other(row)["userName"]) == 8_191
    assert row["soc.truncated"] == ["soc.other"]


# Variable length


@given(
    st.lists(
        st.lists(
            st.tuples(st.binary(max_size=300), st.booleans(), st.integers(0, 2**16 - 1)),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=14,
    )
)
@settings(max_examples=60)
def test_variable_length_gives_back_every_record_in_order(
    messages: list[list[tuple[bytes, bool, int]]],
) -> None:
    head = template(256, (82, 65_535), (7, 2), (371, 65_535), (1, 4), version=10)
    data = [ipfix(head)]
    for message in messages:
        body = [
            _variable(text, is_long=is_long) + pack(">H", port) + _variable(b"u") + bytes(4)
            for text, is_long, port in message
        ]
        data.append(ipfix(a_set(256, *body)))

    found = rows(decoded(*data))

    ports = [port for message in messages for _, _, port in message]
    assert [row["source.port"] for row in found] == ports
    assert all(other(row)["userName"] == "u" for row in found)


def _variable(text: bytes, *, is_long: bool = False) -> bytes:
    if is_long or len(text) > 254:
        return b"\xff" + pack(">H", len(text)) + text
    return bytes([len(text)]) + text


@pytest.mark.parametrize("few", [1, 20])
def test_a_variable_record_that_runs_over_its_set_discards_its_message(few: int) -> None:
    head = template(256, (82, 65_535), (1, 4), version=10)
    good = [ipfix(a_set(256, _variable(b"eth0") + bytes(4))) for _ in range(few)]
    broken = ipfix(a_set(256, _variable(b"eth0") + bytes(4), b"\x80abcdefgh"))

    found = decoded(ipfix(head), *good, broken)

    assert (tally(found).records, tally(found).refused) == (few, 1)


def test_structured_data_is_passed_over() -> None:
    row = one10((292, 65_535), (1, 4), body=_variable(b"\x03\x01\x00ab") + pack(">I", 9))

    assert (row["source.bytes"], other(row)) == (9, {})


# Times


def test_the_uptime_of_a_flow_may_straddle_its_wrap() -> None:
    fields: tuple[Field, ...] = ((22, 4), (21, 4))

    row = one9(*fields, body=pack(">II", 2**32 - 1_000, 500), uptime_ms=1_000)

    assert row["event.start"] == SENT - timedelta(seconds=2)
    assert row["event.end"] == row["@timestamp"] == SENT - timedelta(seconds=0.5)
    assert row["event.duration"] == 1_500_000_000


def test_a_flow_may_end_after_its_export() -> None:
    row = one9((21, 4), body=pack(">I", UPTIME_MS + 40))

    assert row["event.end"] == SENT + timedelta(milliseconds=40)


def test_version_5_times_have_the_nanoseconds_of_its_header() -> None:
    message = v5(v5_record(UPTIME_MS - 2_000, UPTIME_MS - 1_000), nanoseconds=250_000_000)

    (row,) = rows(decoded(message))

    assert row["event.start"] == SENT - timedelta(seconds=1.75)
    assert row["event.end"] == SENT - timedelta(seconds=0.75)


def test_a_flow_that_ends_before_it_began_keeps_both_times() -> None:
    row = one9((22, 4), (21, 4), body=pack(">II", UPTIME_MS - 10, UPTIME_MS - 500))

    assert row["event.end"] < row["event.start"]
    assert row["event.duration"] == 0


def test_uptimes_of_ipfix_need_the_boot_time_of_the_record() -> None:
    boot_ms = SECONDS * 1_000 - 10_000

    row = one10((160, 8), (22, 4), (21, 4), body=pack(">QII", boot_ms, 1_000, 4_000))

    assert row["event.start"] == SENT - timedelta(seconds=9)
    assert row["event.end"] == SENT - timedelta(seconds=6)


def test_uptimes_of_ipfix_may_take_the_boot_time_from_options_data() -> None:
    boot = a_set(300, pack(">IQ", 1, SECONDS * 1_000 - 10_000))
    flows = template(256, *BASE, (21, 4), version=10)
    head = options10(300, [(144, 4)], [(160, 8)])

    found = rows(decoded(ipfix(head, boot, flows, a_set(256, ENDS, pack(">I", 4_000)))))

    assert found[0]["event.end"] == SENT - timedelta(seconds=6)


def test_uptimes_of_ipfix_without_a_boot_time_are_not_guessed() -> None:
    row = one10((21, 4), body=pack(">I", 4_000))

    assert "event.end" not in row
    assert row["@timestamp"] == SENT


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([(150, 4), (151, 4)], pack(">II", SECONDS - 2, SECONDS - 1)),
        ([(152, 8), (153, 8)], pack(">QQ", (SECONDS - 2) * 1_000, (SECONDS - 1) * 1_000)),
        (
            [(154, 8), (155, 8)],
            pack(">IIII", SECONDS - 2 + 2_208_988_800, 0, SECONDS - 1 + 2_208_988_800, 0),
        ),
        (
            [(156, 8), (157, 8)],
            pack(">IIII", SECONDS - 2 + 2_208_988_800, 0, SECONDS - 1 + 2_208_988_800, 0),
        ),
        ([(158, 4), (159, 4)], pack(">II", 2_000_000, 1_000_000)),
        ([(152, 8), (161, 4)], pack(">QI", (SECONDS - 2) * 1_000, 1_000)),
        ([(153, 8), (162, 4)], pack(">QI", (SECONDS - 1) * 1_000, 1_000_000)),
    ],
)
def test_every_way_to_tell_times_means_the_same(fields: list[Field], body: bytes) -> None:
    row = one10(*fields, body=body)

    assert row["event.start"] == SENT - timedelta(seconds=2)
    assert row["event.end"] == SENT - timedelta(seconds=1)


@given(st.integers(0, 999_999))
@settings(max_examples=40)
def test_ntp_fractions_give_the_microsecond_that_was_cut_into_them(micro: int) -> None:
    fraction = ((micro << 32) // 1_000_000) & ~0x7FF

    row = one10((155, 8), body=pack(">II", SECONDS + 2_208_988_800, fraction))

    assert row["event.end"].microsecond == pytest.approx(micro, abs=1)


def test_times_that_no_calendar_holds_are_left_out() -> None:
    row = one10((152, 8), (153, 8), body=b"\xff" * 8 + bytes(8))

    assert "event.start" not in row
    assert "event.end" not in row
    assert row["@timestamp"] == SENT


def test_a_header_that_holds_uptime_for_time_takes_the_time_of_arrival() -> None:
    decoder = Decoder(Share(None, "live"))

    decoder.feed([(v9(FLOW_TEMPLATE, a_set(256, flow()), seconds=3_600), EDGE, SECONDS * 10**6)], 7)

    (row,) = rows(decoder.settle(7))
    assert row["@timestamp"] == SENT


def test_a_clock_that_is_off_by_a_minute_is_told() -> None:
    decoder = Decoder(Share(None, "live"))

    decoder.feed([(v9(FLOW_TEMPLATE, a_set(256, flow())), EDGE, (SECONDS + 90) * 10**6)], 7)

    (row,) = rows(decoder.settle(7))
    assert row["soc.exporter_skew_s"] == -90.0


# Addresses, ports, counters


def test_a_mixed_record_means_the_pair_that_is_not_zero() -> None:
    fields = template(256, (8, 4), (12, 4), (27, 16), (28, 16))
    wide = bytes.fromhex("20010db8000000000000000000000001") * 2
    data = v9(fields, a_set(256, ENDS + bytes(32), bytes(8) + wide))

    first, second = rows(decoded(data))

    assert (first["source.ip"], first["network.type"]) == ("198.51.100.7", "ipv4")
    assert (second["source.ip"], second["network.type"]) == ("2001:db8::1", "ipv6")


def test_a_mixed_record_means_what_its_ip_version_says() -> None:
    fields = template(256, (8, 4), (12, 4), (27, 16), (28, 16), (60, 1))
    wide = bytes.fromhex("20010db8000000000000000000000001") * 2

    (row,) = rows(decoded(v9(fields, a_set(256, ENDS + wide + b"\x04"))))

    assert (row["source.ip"], row["network.type"]) == ("198.51.100.7", "ipv4")


def test_the_twin_of_an_address_is_its_sixteen_octets() -> None:
    row = one9((1, 4), body=bytes(4))

    assert row["soc.twin.source.ip"] == bytes(10) + b"\xff\xff" + ENDS[:4]


def test_mac_addresses_are_written_as_ecs_writes_them() -> None:
    row = one9((56, 6), (80, 6), body=bytes.fromhex("0200000000ab02abcdef0001"))

    assert row["source.mac"] == "02-00-00-00-00-AB"
    assert row["destination.mac"] == "02-AB-CD-EF-00-01"


def test_addresses_after_translation_are_kept_and_zero_is_none() -> None:
    row = one9((225, 4), (227, 2), (226, 4), body=b"\xcb\x00\x71\x01" + pack(">HI", 4_000, 0))

    assert (row["source.nat.ip"], row["source.nat.port"]) == ("203.0.113.1", 4_000)
    assert "destination.nat.ip" not in row


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
@settings(max_examples=60)
def test_addresses_are_written_as_the_standard_library_writes_them(pairs: list[bytes]) -> None:
    zeros = [pair[:10] + bytes(6) + pair[16:] for pair in pairs]
    compatible = [bytes(12) + pair[12:] for pair in pairs]
    bodies = pairs + zeros + compatible

    found = rows(decoded(v9(template(256, (27, 16), (28, 16)), a_set(256, *bodies))))

    for body, row in zip(bodies, found, strict=True):
        for name, raw in (("source.ip", body[:16]), ("destination.ip", body[16:])):
            wide = ipaddress.IPv6Address(raw)
            assert row[name] == str(wide.ipv4_mapped or wide)
            assert row[f"soc.twin.{name}"] == raw


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=60))
@settings(max_examples=60)
def test_ipv4_addresses_are_written_as_the_standard_library_writes_them(
    hosts: list[bytes],
) -> None:
    found = rows(decoded(v9(template(256, (8, 4)), a_set(256, *hosts))))

    assert [row["source.ip"] for row in found] == [str(ipaddress.IPv4Address(h)) for h in hosts]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([(11, 2)], pack(">BH", 1, 0x0803)),
        ([(32, 2)], pack(">BH", 1, 0x0803)),
        ([(176, 1), (177, 1)], pack(">BBB", 1, 8, 3)),
        ([(139, 2)], pack(">BH", 58, 0x0803)),
        ([(178, 1), (179, 1)], pack(">BBB", 58, 8, 3)),
    ],
)
def test_icmp_has_type_and_code_and_no_ports(fields: list[Field], body: bytes) -> None:
    row = one9((4, 1), *fields, body=body)

    assert (row["soc.icmp_type"], row["soc.icmp_code"]) == (8, 3)
    assert "destination.port" not in row


def test_totals_stand_in_only_where_there_are_no_deltas() -> None:
    both = one10((1, 4), (85, 4), body=pack(">II", 40, 9_000))
    total = one10((85, 4), body=pack(">I", 9_000))

    assert (both["source.bytes"], other(both)) == (40, {"octetTotalCount": "9000"})
    assert (total["source.bytes"], other(total)) == (9_000, {})


def test_reverse_elements_are_the_volume_of_the_answer() -> None:
    row = one10((1, 4), (1, 4, 29_305), body=pack(">II", 40, 60))

    volume = (row["source.bytes"], row["destination.bytes"], row["network.bytes"])
    assert volume == (40, 60, 100)


def test_counters_after_a_middlebox_are_no_answer_in_ipfix() -> None:
    row = one10((1, 4), (23, 4), body=pack(">II", 40, 60))

    assert "destination.bytes" not in row
    assert other(row) == {"postOctetDeltaCount": "60"}


def test_out_counters_of_version_9_are_the_answer_beside_in_counters() -> None:
    both = one9((1, 4), (23, 4), body=pack(">II", 40, 60))
    alone = one9((23, 4), body=pack(">I", 60))

    assert (both["source.bytes"], both["destination.bytes"]) == (40, 60)
    assert alone["source.bytes"] == 60
    assert "destination.bytes" not in alone


def test_a_firewall_event_is_an_action() -> None:
    row = one9((40_005, 1), body=b"\x03")

    assert row["event.action"] == "flow-denied"


def test_version_5_gives_the_same_columns() -> None:
    (row,) = rows(decoded(v5(v5_record(octets=40))))

    assert (row["source.ip"], row["source.port"]) == ("198.51.100.7", 40_000)
    assert (row["destination.ip"], row["destination.port"]) == ("192.0.2.9", 443)
    assert (row["source.bytes"], row["network.transport"]) == (40, "tcp")
    assert (row["source.as.number"], row["observer.ingress.interface.id"]) == (64_496, "3")
    assert "soc.other" not in row


# Options data


def test_options_data_is_counted_and_never_a_flow() -> None:
    head = options9(300, [(1, 4)], [(34, 4), (35, 1)])

    found = decoded(v9(head, a_set(300, pack(">IIB", 1, 100, 2), padding=3)))

    assert rows(found) == []
    assert tally(found).options == 1


@pytest.mark.parametrize(
    ("options", "record", "rate"),
    [
        ([(34, 4)], pack(">I", 100), 100),
        ([(50, 4)], pack(">I", 100), 100),
        ([(305, 4), (306, 4)], pack(">II", 1, 99), 100),
        ([(309, 4), (310, 4)], pack(">II", 1, 100), 100),
        ([(311, 8)], pack(">d", 0.01), 100),
        ([(34, 4)], pack(">I", 0), None),
    ],
)
def test_a_rate_of_the_domain_holds_for_flows_after_it(
    options: list[Field], record: bytes, rate: int | None
) -> None:
    template10 = template(256, *FLOW, version=10)
    head = options10(300, [(149, 4)], options)
    data = [
        ipfix(template10, a_set(256, flow())),
        ipfix(head, a_set(300, pack(">I", 0), record), a_set(256, flow())),
        ipfix(a_set(256, flow())),
    ]

    found = rows(decoded(*data))

    assert [row.get("soc.sampling_rate") for row in found] == [None, rate, rate]


def test_a_flow_has_the_rate_of_its_sampler_and_no_other() -> None:
    head = options9(300, [(1, 4)], [(48, 1), (50, 4)])
    flows = template(256, *BASE, (48, 1))
    samplers = a_set(300, pack(">IBI", 1, 1, 100), pack(">IBI", 1, 2, 500))
    data = v9(head, samplers, flows, a_set(256, *(ENDS + bytes([n]) for n in (1, 2, 0))))

    found = rows(decoded(data))

    assert [row.get("soc.sampling_rate") for row in found] == [100, 500, None]


def test_a_flow_has_the_rate_of_its_interface() -> None:
    head = options9(300, [(2, 4)], [(34, 4)])
    flows = template(256, *BASE, (10, 2))
    rates = a_set(300, pack(">II", 3, 100))
    data = v9(head, rates, flows, a_set(256, ENDS + pack(">H", 3), ENDS + pack(">H", 4)))

    found = rows(decoded(data))

    assert [row.get("soc.sampling_rate") for row in found] == [100, None]


def test_a_rate_in_the_record_wins() -> None:
    row = one9((34, 4), body=pack(">I", 64))

    assert row["soc.sampling_rate"] == 64


@pytest.mark.parametrize(("header", "rate"), [(0, None), (0x4064, 100), (100, 100)])
def test_version_5_tells_its_rate_in_fourteen_bits(header: int, rate: int | None) -> None:
    (row,) = rows(decoded(v5(v5_record(), sampling=header)))

    assert row.get("soc.sampling_rate") == rate


def test_names_of_interfaces_and_vrfs_are_those_that_options_told() -> None:
    heads = options9(300, [(2, 4)], [(82, 8)]), options9(301, [(1, 4)], [(234, 4), (236, 8)])
    told = a_set(300, pack(">I8s", 3, b"ge-0/0/3")), a_set(301, pack(">II8s", 1, 7, b"office"))
    flows = template(256, *BASE, (10, 2), (14, 2), (234, 4))
    body = a_set(256, ENDS + pack(">HHI", 3, 4, 7), ENDS + pack(">HHI", 4, 3, 8))

    first, second = rows(decoded(v9(*heads, *told, flows, body)))

    assert first["observer.ingress.interface.name"] == "ge-0/0/3"
    assert second["observer.egress.interface.name"] == "ge-0/0/3"
    assert (first["soc.vrf"], second["soc.vrf"]) == ("office", "8")


# Loss


def flows9(*sequences: int) -> list[bytes]:
    return [v9(FLOW_TEMPLATE, sequence=sequences[0] - 1)] + [
        v9(a_set(256, flow(), flow()), sequence=number) for number in sequences
    ]


def test_missing_datagrams_of_version_9_are_lost() -> None:
    numbers = [n for n in range(100, 140) if n not in (110, 111, 130)]

    assert tally(decoded(*flows9(*numbers))).lost == 3


def test_datagrams_that_come_late_are_not_lost() -> None:
    numbers = list(range(100, 140))
    numbers[30], numbers[31] = numbers[31], numbers[30]

    assert tally(decoded(*flows9(*numbers))).lost == 0


def test_a_sequence_that_begins_anew_is_no_loss() -> None:
    numbers = [*range(2**31 + 100, 2**31 + 130), *range(5, 40)]

    assert tally(decoded(*flows9(*numbers))).lost == 0


def test_a_sequence_may_wrap() -> None:
    numbers = [(2**32 - 20 + n) % 2**32 for n in range(40) if n != 30]

    assert tally(decoded(*flows9(*numbers))).lost == 1


@pytest.mark.parametrize("way", ["records", "records without options", "messages"])
def test_loss_of_ipfix_is_told_by_the_way_in_which_the_exporter_counts(way: str) -> None:
    head = options10(300, [(149, 4)], [(34, 4)])
    data, sequence = [ipfix(head, template(256, *FLOW, version=10))], int(way == "messages")
    for index in range(60):
        flows = [flow()] * (1 + index % 5)
        sets = [a_set(256, *flows), a_set(300, pack(">II", 0, 9))][: 1 + (index % 3 == 0)]
        if index not in (40, 41):
            data.append(ipfix(*sets, sequence=sequence))
        counts = {"records": len(flows) + len(sets) - 1, "messages": 1}
        sequence += counts.get(way, len(flows))

    lost = tally(decoded(*data)).lost

    flows_lost = 1 + 40 % 5 + 1 + 41 % 5
    assert lost == {"messages": 2}.get(way, flows_lost)


def test_no_loss_is_told_where_no_way_of_counting_fits() -> None:
    numbers = [n * n * 7 for n in range(1, 60)]

    assert tally(decoded(*flows9(*numbers))).lost == 0


# Batches


@given(every=st.integers(1, 9), cut=st.integers(0, 12))
@settings(max_examples=30)
def test_rows_and_counts_do_not_depend_on_how_datagrams_come_in_batches(
    every: int, cut: int
) -> None:
    other_template = template(257, (27, 16), (28, 16), (1, 4))
    wide = bytes.fromhex("20010db8000000000000000000000001") * 2 + pack(">I", 7)
    data = [v9(a_set(256, flow(1)), a_set(257, wide)), v9(a_set(257, wide)), v9(FLOW_TEMPLATE)]
    data += [v9(a_set(256, flow(n), flow(n)), sequence=n) for n in range(9)]
    data.insert(cut, v9(other_template, a_set(256, flow(99)), a_set(257, wide, wide)))

    whole, parts = decoded(*data), decoded(*data, every=every)

    assert rows(parts) == rows(whole)
    assert tally(parts) == tally(whole)
    assert [row["soc.record"] for row in rows(whole)] == list(range(1, len(rows(whole)) + 1))
