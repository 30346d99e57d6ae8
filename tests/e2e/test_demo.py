"""``soc demo``: the whole job, from datagrams to the page on the desk."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from playbooks.simulate import _city as city
from playbooks.simulate._planted import PLANTED, TWINS
from soc.metrics import Number, shown
from soc.net import covers, merge, network, subtract
from soc.query import Period
from tests.e2e.conftest import Demo
from tests.e2e.console import soc
from tests.e2e.test_json_keys import table, told

Demos = tuple[Demo, Demo]


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_it_ends_well_and_without_a_warning(demos: Demos) -> None:
    said = demos[0].said

    assert said.code == 0, said.err
    assert [line for line in said.err.splitlines() if line.startswith(("{", "Trace"))] == []


def test_every_planted_thing_is_found_and_no_look_alike(demos: Demos) -> None:
    value = demos[0].value

    assert {thing.name for thing in PLANTED} <= {found["name"] for found in value["planted"]}
    assert {twin.name for twin in TWINS} <= {found["name"] for found in value["twins"]}
    assert [found["name"] for found in value["planted"] if not found["found"]] == []
    assert [twin["name"] for twin in value["twins"] if twin["found"]] == []
    assert value["false_alerts"] == 0


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
    for name in ("planted", "twins", "false_alerts", "blocked", "forbidden_blocked", "flows"):
        assert first.value[name] == second.value[name]


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

    alerts = soc("alerts", "list", "--json", config=config).value
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
