"""The collector as a whole: reference datagrams, files, and what a file's numbers hang on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import netflow
from collectors._run import collect_files
from soc.context import Context
from soc.query import Select
from tests.collectors.netflow_wire import (
    FLOW,
    FLOW_TEMPLATE,
    a_set,
    capture,
    flow,
    ipfix,
    template,
    v5,
    v5_record,
    v9,
)
from tests.reference import reference


def figures(context: Context, *paths: Path, format: str | None = "netflow") -> dict[str, Any]:
    found = collect_files(paths, format=format, context=context).figures()
    return {name: value for name, value in found.items() if value != 0 and name != "format"}


def stored(context: Context) -> list[tuple[int, int, int | None]]:
    """Source key, record number and bytes of every flow, ordered."""
    batches = context.engine.select(Select("flow"))
    found = [row for batch in batches for row in batch.to_pylist()]
    return sorted((r["soc.source_key"], r["soc.record"], r["source.bytes"]) for r in found)


@pytest.mark.parametrize("index", range(34))
def test_every_reference_case_gives_the_records_that_are_known(
    context: Context, index: int
) -> None:
    case = json.loads(reference("netflow/cases.json").read_text())[index]
    paths = [reference(f"netflow/{name}") for name in case["datagrams"]]

    found = collect_files(paths, format="netflow", context=context)

    count = found.tally.records + found.tally.options
    assert found.errors == ()
    assert case["records"] is None or count == case["records"], case["name"]


def test_sets_without_their_template_are_counted_as_waiting(context: Context) -> None:
    alone = reference("netflow/ipfix_test_netscaler_data.dat")

    assert figures(context, alone) == {"files": 1, "waiting": 4}


def test_a_file_collected_again_stores_nothing_and_counts_the_same(
    context: Context, tmp_path: Path
) -> None:
    path = capture(tmp_path / "a.pcap", v9(FLOW_TEMPLATE), v9(a_set(256, flow(), flow())))

    first, second = figures(context, path), figures(context, path)

    assert first == {"files": 1, "records": 2, "stored": 2}
    assert second == {"files": 1, "records": 2}


def test_a_grown_file_adds_only_what_is_new_in_it(context: Context, tmp_path: Path) -> None:
    data = [v9(a_set(256, flow(1))), v9(FLOW_TEMPLATE), v9(a_set(256, flow(2)))]
    path = capture(tmp_path / "a.pcap", *data)
    figures(context, path)

    capture(path, *data, v9(a_set(300, flow(3))), v9(a_set(256, flow(4), flow(5))))
    grown = figures(context, path)

    assert grown == {"files": 1, "records": 4, "stored": 2, "waiting": 1}
    assert [row[1:] for row in stored(context)] == [(1, 1), (2, 2), (3, 4), (4, 5)]


def test_a_template_of_one_file_serves_the_next(context: Context, tmp_path: Path) -> None:
    first = capture(tmp_path / "a.pcap", v9(FLOW_TEMPLATE))
    second = capture(tmp_path / "b.pcap", v9(a_set(256, flow())))

    assert figures(context, first, second)["records"] == 1


def test_a_set_that_a_later_file_makes_readable_keeps_a_source_of_its_own(
    context: Context, tmp_path: Path
) -> None:
    early = capture(tmp_path / "a.pcap", v9(a_set(256, flow(1))), v9(a_set(256, flow(2))))
    late = capture(tmp_path / "b.pcap", v9(FLOW_TEMPLATE), v9(a_set(256, flow(3))))

    first, second = figures(context, early, late), figures(context, early, late)

    assert first == {"files": 2, "records": 3, "stored": 3}
    assert second == {"files": 2, "records": 3}
    assert sorted(row[1:] for row in stored(context)) == [(1, 1), (1, 3), (2, 2)]
    assert len({row[0] for row in stored(context)}) == 2


def test_bare_datagrams_in_a_row_are_told_apart(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "datagrams"
    path.write_bytes(
        ipfix(a_set(300, bytes(65_400)), domain=9)
        + v9(FLOW_TEMPLATE, a_set(256, flow(), padding=1))
        + ipfix(template(256, *FLOW, version=10))
        + v9(a_set(256, flow()))
        + bytes(40)
        + ipfix(a_set(256, flow()))
        + v5(v5_record(), v5_record())
        + v9(a_set(256, flow(), flow()))
    )

    assert figures(context, path, format=None) == {
        "files": 1,
        "records": 7,
        "stored": 7,
        "waiting": 1,
    }


def test_a_file_no_longer_than_a_datagram_is_one_and_the_rest_is_refused(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "datagrams"
    path.write_bytes(v5(v5_record(), v5_record()) + v5(v5_record()))

    assert figures(context, path) == {"files": 1, "records": 2, "stored": 2, "refused": 1}


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x09", b"no flows here" * 9, bytes(5_000)])
def test_what_is_no_netflow_is_refused_once(
    context: Context, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "junk"
    path.write_bytes(content)

    assert figures(context, path)["refused"] == 1


def test_a_capture_names_its_exporter_over_ipv4_and_ipv6(context: Context, tmp_path: Path) -> None:
    data = (v9(FLOW_TEMPLATE), v9(a_set(256, flow())))
    paths = [
        capture(tmp_path / "4.pcap", *data, source=("192.0.2.1", 2_055)),
        capture(tmp_path / "6.pcap", *data, source=("2001:db8::1", 2_055)),
    ]

    figures(context, *paths, format=None)

    rows = [r for b in context.engine.select(Select("flow")) for r in b.to_pylist()]
    assert {r["observer.ip"] for r in rows} == {"192.0.2.1", "2001:db8::1"}
    assert {r["observer.name"] for r in rows} == {"192.0.2.1", "2001:db8::1"}


def test_the_name_of_the_data_source_is_the_one_that_was_given(
    context: Context, tmp_path: Path
) -> None:
    path = capture(tmp_path / "a.pcap", v9(FLOW_TEMPLATE), v9(a_set(256, flow())))

    collect_files([path], format="netflow", context=context, observer="pe1", origin="simulated")

    (row,) = [r for b in context.engine.select(Select("flow")) for r in b.to_pylist()]
    assert (row["observer.name"], row["soc.origin"]) == ("pe1", "simulated")


@pytest.mark.parametrize(
    "listen", ["2055", "192.0.2.1", "192.0.2.1:70000", "2001:db8::1:2055", "name:2055", ":2055"]
)
def test_an_address_to_receive_on_is_numeric_and_has_a_port(listen: str) -> None:
    with pytest.raises(ValidationError, match="listen"):
        netflow.Settings(listen=(listen,))


def test_what_is_received_is_live_unless_it_is_said_to_be_something_else() -> None:
    received = netflow.Settings(listen=("127.0.0.1:2055",))

    assert received.origin == "live"
    assert netflow.Settings(listen=("[::1]:2055",), origin="simulated").origin == "simulated"
    assert netflow.Settings().origin == "imported"


def test_exporters_are_networks() -> None:
    with pytest.raises(ValidationError, match="exporters"):
        netflow.Settings(exporters=("192.0.2.300",))
