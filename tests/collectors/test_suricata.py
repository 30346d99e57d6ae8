from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._run import collect_files
from collectors.suricata import recognise
from soc.context import Context
from soc.query import Select
from tests.reference import reference

BASE = {
    "timestamp": "2026-03-18T09:00:00.500000+0800",
    "event_type": "alert",
    "src_ip": "198.51.100.9",
    "src_port": 40000,
    "dest_ip": "192.0.2.7",
    "dest_port": 80,
    "proto": "TCP",
    "host": "sensor-1",
}


def eve(path: Path, *events: dict[str, Any]) -> Path:
    path.write_bytes(b"".join(json.dumps(BASE | event).encode() + b"\n" for event in events))
    return path


def rows(context: Context, dataset: str) -> list[dict[str, Any]]:
    batches = context.engine.select(Select(dataset))
    found = [row for batch in batches for row in batch.to_pylist()]
    return sorted(
        ({k: v for k, v in row.items() if v is not None} for row in found),
        key=lambda row: (row["soc.source_key"], row["soc.record"]),
    )


def one(context: Context, path: Path, dataset: str, **event: Any) -> dict[str, Any]:
    """The only row of a dataset after one event was collected."""
    summary = collect_files([eve(path, event)], format="suricata", context=context)
    assert (summary.tally.records, summary.stored) == (1, 1)
    (row,) = rows(context, dataset)
    return row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "eve.json"


def test_an_alert_names_rule_severity_outcome_and_technique(context: Context, path: Path) -> None:
    said = {
        "action": "blocked",
        "signature_id": 2024897,
        "rev": 3,
        "signature": "ET made up",
        "category": "Web Application Attack",
        "severity": 1,
        "metadata": {"mitre_technique_id": ["T1190"], "mitre_tactic_name": ["Initial_Access"]},
    }

    row = one(context, path, "alert", alert=said, app_proto="http", community_id="1:abc")

    assert row["@timestamp"] == datetime(2026, 3, 18, 1, 0, 0, 500000, UTC)
    assert (row["rule.id"], row["rule.version"], row["event.severity"]) == ("2024897", "3", 4)
    assert (row["event.action"], row["event.outcome"]) == ("blocked", "failure")
    assert row["threat.technique.id"] == ["T1190"]
    assert row["threat.tactic.name"] == ["Initial Access"]
    assert (row["network.protocol"], row["network.community_id"]) == ("http", "1:abc")
    assert row["observer.name"] == "sensor-1"


@pytest.mark.parametrize(("said", "ours"), [(1, 4), (2, 3), (3, 2), (4, 1)])
def test_severity_is_turned_round(context: Context, path: Path, said: int, ours: int) -> None:
    assert one(context, path, "alert", alert={"severity": said})["event.severity"] == ours


def test_an_alert_carries_no_volume(context: Context, path: Path) -> None:
    counters = {"pkts_toserver": 5, "bytes_toserver": 500, "pkts_toclient": 1, "bytes_toclient": 60}

    row = one(context, path, "alert", alert={"action": "allowed"}, flow=counters)

    assert not [name for name in row if name.endswith((".bytes", ".packets"))]
    assert "flow.bytes_toserver" not in dict(row.get("soc.other", []))


@pytest.mark.parametrize(
    "where", [{"xff": "203.0.113.9"}, {"http": {"xff": "203.0.113.9, 192.0.2.1"}}]
)
def test_a_forwarded_address_is_kept_beside_the_proxy(
    context: Context, path: Path, where: dict[str, Any]
) -> None:
    row = one(context, path, "alert", alert={"action": "allowed"}, **where)

    assert (row["network.forwarded_ip"], row["source.ip"]) == ("203.0.113.9", "198.51.100.9")


def test_a_flow_has_totals_length_and_its_end_as_time(context: Context, path: Path) -> None:
    said = {
        "pkts_toserver": 2,
        "pkts_toclient": 3,
        "bytes_toserver": 120,
        "bytes_toclient": 240,
        "start": "2026-03-18T08:58:00.000000+0800",
        "end": "2026-03-18T08:58:01.500000+0800",
    }

    row = one(context, path, "flow", event_type="flow", flow=said, tcp={"tcp_flags": "1b"})

    assert row["@timestamp"] == row["event.end"] == datetime(2026, 3, 18, 0, 58, 1, 500000, UTC)
    assert (row["source.bytes"], row["destination.packets"], row["network.bytes"]) == (120, 3, 360)
    assert (row["event.duration"], row["soc.tcp_flags"]) == (1_500_000_000, 0x1B)


@pytest.mark.parametrize(
    ("dns", "kind", "answers"),
    [
        ({"type": "query", "rrname": "a.example", "rrtype": "A"}, "query", None),
        (
            {
                "type": "answer",
                "rrname": "a.example",
                "rrtype": "A",
                "rcode": "NOERROR",
                "rdata": "192.0.2.1",
                "ttl": 60,
            },
            "answer",
            ["192.0.2.1"],
        ),
        (
            {
                "version": 2,
                "type": "answer",
                "rrname": "a.example",
                "rrtype": "A",
                "rcode": "NOERROR",
                "answers": [{"rdata": "192.0.2.1", "ttl": 60}],
            },
            "answer",
            ["192.0.2.1"],
        ),
        (
            {
                "version": 2,
                "type": "answer",
                "rrname": "a.example",
                "rrtype": "A",
                "rcode": "NOERROR",
                "grouped": {"A": ["192.0.2.1"]},
            },
            "answer",
            ["192.0.2.1"],
        ),
        (
            {"version": 3, "type": "request", "queries": [{"rrname": "a.example", "rrtype": "A"}]},
            "query",
            None,
        ),
        (
            {
                "version": 3,
                "type": "response",
                "rcode": "NOERROR",
                "queries": [{"rrname": "a.example", "rrtype": "A"}],
                "answers": [{"rdata": "192.0.2.1", "ttl": 60}],
            },
            "answer",
            ["192.0.2.1"],
        ),
        ({"query": [{"type": "query", "rrname": "a.example", "rrtype": "A"}]}, "query", None),
        (
            {
                "answer": {
                    "rrname": "a.example",
                    "rrtype": "A",
                    "rcode": "NOERROR",
                    "answers": [{"rdata": "192.0.2.1", "ttl": 60}],
                }
            },
            "answer",
            ["192.0.2.1"],
        ),
    ],
)
def test_every_version_of_a_dns_record_says_the_same(
    context: Context, path: Path, dns: dict[str, Any], kind: str, answers: list[str] | None
) -> None:
    row = one(context, path, "dns", event_type="dns", dns=dns)

    assert (row["dns.question.name"], row["dns.question.type"]) == ("a.example", "A")
    assert (row["dns.type"], row.get("dns.answers.data")) == (kind, answers)
    assert row.get("dns.resolved_ip") == answers
    assert row.get("dns.response_code") == (answers and "NOERROR")


def test_a_request_is_split_into_path_query_and_extension(context: Context, path: Path) -> None:
    said = {
        "hostname": "www.example",
        "url": "/a/b.php?x=1",
        "http_method": "GET",
        "protocol": "HTTP/1.1",
        "status": 200,
        "length": 7,
    }

    row = one(context, path, "http", event_type="http", http=said)

    assert (row["url.path"], row["url.query"], row["url.extension"]) == ("/a/b.php", "x=1", "php")
    assert row["url.full"] == "http://www.example/a/b.php?x=1"
    assert (row["http.version"], row["http.response.status_code"]) == ("1.1", 200)


def test_a_handshake_names_server_and_certificate(context: Context, path: Path) -> None:
    said = {
        "sni": "www.example",
        "version": "TLS 1.2",
        "notafter": "2027-01-01T00:00:00",
        "ja3": {"hash": "ab"},
    }

    row = one(context, path, "tls", event_type="tls", tls=said)

    assert (row["tls.client.server_name"], row["tls.version"], row["tls.client.ja3"]) == (
        "www.example",
        "1.2",
        "ab",
    )
    assert row["tls.server.not_after"] == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_dropped_packet_is_a_firewall_row(context: Context, path: Path) -> None:
    row = one(context, path, "firewall", event_type="drop", drop={"len": 60})

    assert row["event.action"] == "blocked"


def test_an_event_of_another_type_keeps_its_words(context: Context, path: Path) -> None:
    row = one(context, path, "other", event_type="fileinfo", fileinfo={"filename": "/x"})

    assert row["event.action"] == "fileinfo"
    assert dict(row["soc.other"])["fileinfo.filename"] == "/x"


def test_state_of_the_sensor_is_counted_and_not_stored(context: Context, path: Path) -> None:
    summary = collect_files(
        [eve(path, {"event_type": "stats", "stats": {"uptime": 1}}, {"alert": {}})],
        format=None,
        context=context,
    )

    assert (summary.tally.records, summary.tally.options, summary.stored) == (1, 1, 1)


def test_a_bad_line_is_refused_by_its_number(context: Context, path: Path) -> None:
    eve(path, {"alert": {}}, {"timestamp": "2026-03-18T09:00:00"})
    path.write_bytes(path.read_bytes() + b"{half\n\n" + b'"text"\n')

    summary = collect_files([path], format="suricata", context=context)

    assert (summary.tally.records, summary.tally.refused) == (1, 3)
    assert [refusal.place for refusal in summary.refusals] == [f"{path}:{n}" for n in (2, 3, 5)]


def test_real_lines_are_all_stored_under_their_kind(context: Context) -> None:
    path = reference("eve/suricata-5000.json")

    summary = collect_files([path], format=None, context=context)

    assert summary.figures() == {
        "format": "suricata",
        "files": 1,
        "records": 5000,
        "options": 0,
        "stored": 5000,
        "refused": 0,
        "waiting": 0,
    }
    counts = {status.name: status.rows for status in context.store.log.status()}
    assert [counts[name] for name in ("alert", "dns", "flow", "http")] == [745, 680, 3512, 56]
    assert Counter(row["dns.type"] for row in rows(context, "dns")) == {"query": 340, "answer": 340}


def test_a_followed_file_is_read_on_until_it_is_told_to_stop(context: Context, path: Path) -> None:
    from dataclasses import replace

    from collectors._live import run_until

    eve(path, {"alert": {"signature_id": 1}})
    table = {"type": "suricata", "paths": [str(path)], "follow": True, "poll_s": 0.02}
    config = context.config.model_copy(update={"collectors": {"ids": table}})
    live, stop, gathers = replace(context, config=config), Event(), []
    thread = Thread(target=lambda: gathers.append(run_until("ids", live, stop)))
    thread.start()
    with path.open("ab") as stream:
        stream.write(json.dumps(BASE | {"alert": {"signature_id": 2}}).encode() + b"\n{half")
    stop.wait(0.3)
    stop.set()
    thread.join(20)

    assert [row["rule.id"] for row in rows(context, "alert")] == ["1", "2"]
    assert {row["soc.origin"] for row in rows(context, "alert")} == {"live"}
    assert gathers[0].tally.refused == 0


def test_the_format_is_told_by_its_keys() -> None:
    line = json.dumps(BASE).encode()

    assert recognise(line + b"\n{cut", "x")
    assert recognise(b"{broken\n" + line + b"\n", "x")
    assert not recognise(b'{"ts": 1, "uid": "C1", "id.orig_h": "192.0.2.1"}\n', "conn.log")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = (
    "src_ip",
    "src_port",
    "proto",
    "vlan",
    "xff",
    "app_proto",
    "alert",
    "flow",
    "tcp",
    "dns",
    "http",
    "tls",
)


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["alert", "flow", "dns", "http", "tls", "drop", "ssh"]),
    values=st.dictionaries(
        st.sampled_from(KEYS),
        JSON
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "answers",
                    "queries",
                    "query",
                    "answer",
                    "grouped",
                    "url",
                    "hostname",
                    "severity",
                    "metadata",
                    "ja3",
                    "start",
                    "end",
                    "bytes_toserver",
                    "rdata",
                    "notafter",
                    "protocol",
                ]
            ),
            JSON,
        ),
        max_size=6,
    ),
)
def test_no_value_of_another_form_stops_a_line(kind: str, values: dict[str, Any]) -> None:
    from collectors._lines import Line
    from collectors.suricata import _event, _rows

    line = json.dumps(BASE | {"event_type": kind} | values).encode()
    read = _event(Line(0, len(line), 1, line, is_whole=True, is_ended=True))

    assert read is not None
    assert _rows(read.dataset, [read], None).num_rows == 1
