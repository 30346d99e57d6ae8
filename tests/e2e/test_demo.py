"""``soc demo``: the whole job, from datagrams to the page on the desk."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from playbooks._demo_drills import CITY
from playbooks.simulate import _city as city
from playbooks.simulate._estate import BENIGN, SILENT
from playbooks.simulate._planted import BEHAVIOUR, PLANTED, TWINS
from soc.metrics import Number, shown
from soc.net import covers, merge, network, subtract
from soc.query import Period
from tests.e2e.conftest import Demo
from tests.e2e.console import soc
from tests.e2e.test_json_keys import table, told

Demos = tuple[Demo, Demo]
pytestmark = pytest.mark.timeout(1_200)  # whichever test asks first makes the days


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("run", [0, 1])
def test_it_ends_well_and_without_a_warning(demos: Demos, run: int) -> None:
    said = demos[run].said

    assert said.code == 0, said.err
    assert [line for line in said.err.splitlines() if line.startswith(("{", "Trace"))] == []


@pytest.mark.parametrize("run", [0, 1])
def test_every_planted_thing_is_found_and_no_look_alike(demos: Demos, run: int) -> None:
    value = demos[run].value

    assert {thing.name for thing in (*PLANTED, *BEHAVIOUR)} <= {
        found["name"] for found in value["planted"]
    }
    assert {twin.name for twin in TWINS} <= {found["name"] for found in value["twins"]}
    assert [found["name"] for found in value["planted"] if not found["found"]] == []
    assert [twin["name"] for twin in value["twins"] if twin["found"]] == []
    assert value["false_alerts"] == 0


def test_with_the_days_before_every_class_of_zombie_and_its_twin_is_told(demos: Demos) -> None:
    value = demos[1].value

    assert {each.name for each in SILENT} | {"shadow_nacos"} <= {
        found["name"] for found in value["planted"]
    }
    assert {each.name for each in BENIGN} <= {twin["name"] for twin in value["twins"]}
    assert value["steps"]["history"]["days"] == 100
    assert value["steps"]["zombies"]["frozen_units"] == []


def test_a_duty_desk_sees_an_attack_within_the_hour_and_its_block_soon_after(demos: Demos) -> None:
    told = soc("drill", "show", CITY, "--json", config=demos[0].folder / "soc.toml").value

    assert told["numbers"]["drill_alerts"] >= 5
    assert told["numbers"]["drill_judged"] == told["numbers"]["drill_alerts"]
    for alert in told["alerts"]:
        assert 0 < alert["detect_s"] <= 65 * 60  # files come by the hour
        assert 0 < alert["contain_s"] < alert["judge_s"] <= 20 * 60


def test_an_alert_of_a_team_that_both_drills_registered_bears_both(demos: Demos) -> None:
    config = demos[0].folder / "soc.toml"
    by = next(f["by"] for f in demos[0].value["planted"] if f["name"] == "shared_team")
    shown = soc("alerts", "show", by.rpartition(" ")[2], "--json", config=config).value

    drills = soc("drill", "list", "--json", config=config).value
    assert sorted(shown["drills"]) == sorted(each["id"] for each in drills)
    assert len(drills) == 2


def test_the_log_of_a_drill_names_who_wrote_and_what_it_rests_on(demos: Demos) -> None:
    config = demos[0].folder / "soc.toml"

    written = [m for m in timeline(config) if m["what"] == "logged"]

    assert {moment["by"] for moment in written} == {"周启明", "林若溪"}
    assert [bool(moment["evidence"]) for moment in written].count(True) == 3
    assert soc("evidence", "verify", "--json", config=config).code == 0


def timeline(config: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = soc("drill", "timeline", CITY, "--json", config=config).value
    return found


def test_every_attacker_is_blocked_and_nobody_of_ours(demos: Demos) -> None:
    value = demos[0].value
    lines = (demos[0].folder / "blocklists" / "blocklist.txt").read_text().splitlines()
    listed = merge(map(network, lines))
    ours = merge(network(prefix) for prefixes in city.ZONES.values() for prefix in prefixes)

    assert [t.name for t in PLANTED if not covers(listed, network(t.attacker))] == []
    assert subtract(ours, listed) == ours
    assert (value["blocked"], value["forbidden_blocked"]) == (len(lines), 0)


def test_every_record_of_the_day_is_stored_and_the_lab_was_scanned(demos: Demos) -> None:
    value = demos[0].value
    flows = [value["steps"][f"collect {name}"] for name in ("pe1", "pe2")]
    scan = value["steps"]["scan"]

    assert sum(step["stored"] for step in flows) == value["flows"]
    assert value["flows"] > 19_000
    assert [(step["refused"], step["waiting"]) for step in flows] == [(0, 0), (0, 0)]
    assert (scan["result"], scan["up"], scan["open"]) == ("done", 3, 3)


def test_every_file_that_it_names_is_there_and_its_digest_is_right(demos: Demos) -> None:
    files = [Path(path) for path in demos[0].value["files"]]

    assert {path.suffix for path in files} >= {".txt", ".nft", ".html", ".pdf"}
    for path in files:
        if path.suffix == ".sha256":
            digest, name = path.read_text().split()
            assert digests(path.parent)[name] == digest


def test_the_same_seed_makes_the_same_day_and_the_same_decisions(demos: Demos) -> None:
    first, second = demos

    assert digests(first.folder / "day") == digests(second.folder / "day")
    assert (
        digests(first.folder / "blocklists").keys() == digests(second.folder / "blocklists").keys()
    )
    for name in ("false_alerts", "blocked", "forbidden_blocked", "flows"):
        assert first.value[name] == second.value[name]
    for name in ("planted", "twins"):  # the history adds to them
        assert {f["name"] for f in first.value[name]} <= {f["name"] for f in second.value[name]}


def test_the_page_of_the_report_holds_every_number(demos: Demos) -> None:
    """The closing table tells each metric's id and its value."""
    made = demos[0].value["steps"]["report"]["files"]
    daily = next(file["path"] for file in made if file["format"] == "pdf")
    (path,) = (Path(p) for p in demos[0].value["files"] if p == daily)
    pages = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(path).pages)
    numbers = demos[0].value["steps"]["report"]["numbers"]
    now = datetime(2026, 3, 18, tzinfo=UTC)
    printed = {
        f"{name} {shown(Number(name, value, None, Period(now, now), {}), 'zh')}"
        for name, value in numbers.items()
    }

    assert len(printed) >= 15
    assert [line for line in printed if line not in pages] == []


def test_its_document_has_the_keys_of_the_table(demos: Demos) -> None:
    assert told("demo", demos[0].value, table()["demo"]) == []


def test_the_store_that_it_leaves_can_be_looked_at(demos: Demos) -> None:
    config = demos[0].folder / "soc.toml"

    states = [f"--state={state}" for state in ("open", "acknowledged", "closed")]
    alerts = soc("alerts", "list", *states, "--json", config=config).value
    whole = soc("audit", "verify", "--json", config=config).value

    assert {thing.rule for thing in PLANTED} <= {alert["rule"] for alert in alerts}
    assert whole["ok"] is True


@pytest.mark.parametrize("name", ["notes.txt", ".hidden"])
def test_it_never_empties_a_folder_of_others(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("precious")

    said = soc("demo", f"--out={tmp_path / 'mine'}", config=tmp_path / "none.toml")

    assert (said.code, said.out) == (3, "")
    assert "holds files of others; name another folder with --out" in said.complaint
    assert (tmp_path / "mine" / name).read_text() == "precious"
