"""``soc store ship`` and ``soc store letters`` as people call them."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from cli import jobs
from soc._open import open_context
from soc.config import read
from tests import elastic_server
from tests.e2e.console import soc
from tests.e2e.test_json_keys import table, told
from tests.elastic import shipped
from tests.elastic.troubled import append, shipping_site, started, tighten

RNG = random.Random(11)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A site with 300 rows that are not shipped, some of them poison."""
    namespace = shipped.host().replace("-", "_")
    tighten(shipped.client(), namespace)
    found = shipping_site(tmp_path, [elastic_server.shared().url], namespace)
    with open_context(read(found, {}), jobs()) as context:
        append(context, 300, poison=0.1, rng=RNG, of=100)
    return found


def test_the_way_of_a_duty_analyst_from_the_log_to_the_letters(config: Path) -> None:
    before = soc("store", "status", "--json", config=config).value["ship"]
    done = soc("store", "ship", "--json", config=config)
    after = soc("store", "status", "--json", config=config).value["ship"]
    listed = soc("store", "letters", "list", "--json", config=config)
    id = listed.value[0]["id"]
    shown = soc("store", "letters", "show", id, "--first=1", "--json", config=config)
    tried = soc("store", "letters", "retry", id, "--json", config=config)
    dropped = soc("store", "letters", "drop", id, "--reason=测试", "--json", config=config)
    compared = soc("store", "ship", "--verify=2026-03-18", "--json", config=config)

    assert (before["lag_rows"], before["state"]) == (300, "idle")
    assert done.value["stored"] + done.value["letters"] == 300
    assert (after["lag_rows"], after["dead_letters"]) == (0, done.value["letters"])
    assert after["rejected"] == {"document_parsing_exception": done.value["letters"]}
    assert shown.value["documents"][0]["network.vlan.id"] == "poison"
    assert (tried.code, tried.value[0]["waiting"]) == (1, listed.value[0]["count"])
    assert (dropped.value["state"], dropped.value["reason"]) == ("dropped", "测试")
    assert (compared.code, compared.value[0]["missing"]) == (0, 0)
    said = {
        "store ship": done.value,
        "store letters list": listed.value,
        "store letters show": shown.value,
        "store letters retry": tried.value,
        "store letters drop": dropped.value,
    }
    assert [line for name in said for line in told(name, said[name], table()[name])] == []


def test_what_people_read_says_what_to_do(config: Path) -> None:
    soc("store", "ship", config=config)
    status = soc("--lang=zh", "store", "status", config=config)
    listed = soc("--lang=en", "store", "letters", "list", config=config)
    wrong = soc("store", "letters", "retry", config=config)

    assert "等待处理的死信" in status.out
    assert "failed to parse field [network.vlan.id]" in listed.out
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)


def test_a_site_without_a_cluster_is_told_what_to_write(tmp_path: Path) -> None:
    config = shipping_site(tmp_path, ["http://127.0.0.1:9"], "x")
    config.write_text(
        config.read_text(encoding="utf-8").partition("[elasticsearch]")[0], encoding="utf-8"
    )

    refused = soc("store", "ship", config=config)
    skipped = soc("schedule", "now", "store ship", "--json", config=config)
    planned = soc("schedule", "show", "--json", config=config)

    assert refused.code == 2
    assert "elasticsearch.hosts: names no cluster: write its address" in refused.err
    assert skipped.value["result"] == "skipped"
    assert "store ship" not in [line["job"] for line in planned.value]


def test_a_site_with_a_cluster_ships_each_minute(config: Path) -> None:
    planned = soc("schedule", "show", "--json", config=config).value

    assert [line["when"] for line in planned if line["job"] == "store ship"] == ["1m"]


def test_the_daemon_ends_cleanly_when_it_is_told(config: Path) -> None:
    daemon = started(config, "--daemon")
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        ship = soc("store", "status", "--json", config=config).value["ship"]
        if ship["lag_rows"] == 0 and ship["state"] == "idle":
            break
        time.sleep(0.2)
    daemon.send_signal(signal.SIGTERM)
    code = daemon.wait(timeout=60)
    after = soc("store", "status", "--json", config=config).value["ship"]

    assert (ship["running"], ship["pid"]) == (True, daemon.pid)
    assert code == 0, config.with_name("ship.log").read_text(encoding="utf-8")
    assert (after["running"], after["state"], after["lag_rows"]) == (False, "idle", 0)
