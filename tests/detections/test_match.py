"""Rows of ``match``."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from detections import _match
from detections._rules import own_files
from detections.sigma import Rule, load
from tests.detections.events import AT, probe


def own(name: str) -> Rule:
    return next(rule for rule in load(own_files()).rules if rule.path.stem == name)


def row_of(name: str, dataset: str, event: dict[str, Any]) -> dict[str, Any]:
    return _match.match_row(own(name), dataset, event, "zh")


def seen(**changed: Any) -> dict[str, Any]:
    return probe(**changed) | {"@timestamp": AT, "event.id": f"{5:032x}", "soc.version": 3}


def test_the_key_is_rule_version_and_event() -> None:
    row = row_of("scanner_user_agent", "http", seen())

    assert row["soc.match.key"] == f"{own('scanner_user_agent').version}:{5:032x}"
    assert row["soc.match.entity"] == "203.0.113.66"
    assert row["event.severity"] == 3


def test_the_name_is_in_the_language_of_the_site() -> None:
    rule = own("scanner_user_agent")

    assert _match.match_row(rule, "http", seen(), "zh")["rule.name"] == "漏洞扫描工具探测"
    assert _match.match_row(rule, "http", seen(), "en")["rule.name"] == rule.title


def test_where_a_name_is_asked_for_the_client_is_the_victim() -> None:
    event = {
        "@timestamp": AT,
        "event.id": f"{5:032x}",
        "source.ip": "192.0.2.4",
        "destination.ip": "192.0.2.53",
        "destination.port": 53,
        "dns.resolved_ip": ["203.0.113.5", "203.0.113.6"],
        "soc.source.unit": "u1",
        "soc.source.zone": "z",
    }

    row = row_of("mining_pool", "dns", event)

    assert row["soc.match.attacker"] == ["203.0.113.5", "203.0.113.6"]
    assert row["soc.match.victim"] == ["192.0.2.4"]
    assert (row["soc.match.unit"], row["soc.match.victim_port"]) == ("u1", None)
    assert row["soc.match.attacker_zone"] is None
    assert row["soc.match.result"] == "compromised"


def test_an_entity_without_its_columns_is_the_other_party() -> None:
    event = seen()
    event["source.ip"] = None

    assert row_of("scanner_user_agent", "http", event)["soc.match.entity"] == "198.51.100.20"


@pytest.mark.parametrize(
    ("source", "destination", "forwarded", "direction"),
    [
        (None, "z", None, "inbound"),
        ("z", None, None, "outbound"),
        ("z", "z", None, "lateral"),
        (None, None, None, "unknown"),
        ("z", "z", "203.0.113.9", "inbound"),
    ],
)
def test_the_direction_follows_the_ledger(
    source: str | None, destination: str | None, forwarded: str | None, direction: str
) -> None:
    event = seen(network__forwarded_ip=forwarded)
    event |= {"soc.source.zone": source, "soc.destination.zone": destination}

    assert row_of("scanner_user_agent", "http", event)["soc.match.direction"] == direction


def _rows(*events: str) -> list[dict[str, Any]]:
    return [{"soc.match.events": [e], "soc.match.key": f"v:{e}"} for e in events]


def test_a_row_has_the_same_number_whatever_comes_after_it() -> None:
    first = _match.numbered(_rows("a", "b"), [4, 4])
    more = _match.numbered(_rows("c", "b", "a"), [5, 4, 4])

    assert [row["soc.record"] for row in first] == [row["soc.record"] for row in more][:2]
    assert more[2]["soc.record"] > more[1]["soc.record"] > more[0]["soc.record"] > 0


def test_a_batch_has_columns_of_the_schema_only() -> None:
    row = row_of("scanner_user_agent", "http", seen()) | {"soc.record": 1}

    batch = _match.batch([row], 9)

    assert isinstance(batch.rows, pa.RecordBatch)
    assert (batch.dataset, batch.source) == ("match", 9)
    assert set(row) == set(batch.rows.schema.names)


def test_a_source_key_is_the_same_every_time_and_signed() -> None:
    assert _match.source_key("a", "b") == _match.source_key("a", "b")
    assert _match.source_key("ab") != _match.source_key("a", "b")
    assert -(1 << 63) <= _match.source_key("x") < 1 << 63


def test_only_columns_that_the_dataset_has_are_read() -> None:
    columns = _match.columns([own("mining_pool")], "dns")

    assert "dns.resolved_ip" in columns
    assert "soc.version" in columns
    assert len(columns) == len(set(columns))
