"""Garbage in: one clear line, the exit code of the error tree, and nothing stored is lost."""

from __future__ import annotations

import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from playbooks.simulate import day
from soc import plugins
from tests import fake_nmap
from tests.e2e.console import Said, soc
from tests.e2e.site import site

NOISE = random.Random(20260318).randbytes(4_000)
LINE = re.compile(r"soc: (?P<place>[^:]+(:\d+)?): .+[:;] .+")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose store holds a small day."""
    folder = tmp_path_factory.mktemp("garbage")
    made = day.write(folder / "day", 7, 1_000)
    path = site(folder)
    for command in (
        ("assets", "import", made.ledger),
        ("collect", "file", made.pieces[0].files[day.SENSOR], "--observer=ids"),
        ("collect", "file", made.pieces[0].files[day.OUTER], "--observer=pe1"),
        ("detect", "run"),
    ):
        assert soc(*command, config=path).code == 0
    return path


@pytest.fixture
def held(config: Path) -> Any:
    """Compares the store with what it held before."""
    before = stored(config)
    yield
    assert stored(config) == before


def stored(config: Path) -> dict[str, Any]:
    """Rows of each dataset, and the assets; health rows tell of the garbage itself."""
    datasets = soc("store", "status", "--json", config=config).value["datasets"]
    rows = {entry["name"]: entry["rows"] for entry in datasets if entry["name"] != "health"}
    assert rows["http"] > 0
    return {**rows, "assets": soc("assets", "list", "--json", config=config).value}


def assert_one_line(said: Said, path: Path) -> None:
    """One line with the place, what is wrong with it, and a remedy."""
    found = LINE.fullmatch(said.complaint)
    assert found, said.err
    assert found["place"].startswith(str(path))


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("name", plugins.names("collectors"))
def test_random_bytes_are_refused_by_every_collector(
    config: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "noise.dat"
    path.write_bytes(NOISE)

    said = soc("collect", "file", "--as", name, path, "--json", config=config)

    assert (said.code, said.value["stored"], said.value["records"]) == (3, 0, 0)
    assert_one_line(said, path)


@pytest.mark.usefixtures("held")
def test_bytes_of_no_known_format_are_refused_with_the_formats(
    config: Path, tmp_path: Path
) -> None:
    path = tmp_path / "noise.dat"
    path.write_bytes(NOISE)

    said = soc("collect", "file", path, "--json", config=config)

    assert said.code == 3
    assert "name it with --as, one of ledger, netflow, suricata" in said.complaint


@pytest.mark.usefixtures("held")
def test_a_bad_file_does_not_keep_the_others_from_being_read(config: Path, tmp_path: Path) -> None:
    bad, missing = tmp_path / "noise.dat", tmp_path / "none.json"
    bad.write_bytes(NOISE)
    good = config.parent / "day" / "eve-0000.json"

    said = soc("collect", "file", bad, good, missing, "--json", config=config)

    assert (said.code, said.value["files"], said.value["stored"]) == (3, 1, 0)
    assert said.value["records"] > 0
    assert len(said.complaints) == 2


def broken(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + NOISE)


def bomb(path: Path) -> None:
    """A workbook of a quarter of a megabyte that unpacks to a quarter of a gigabyte."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<workbook/>")
        with package.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(256):
                sheet.write(b" " * (1 << 20))


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("make", [broken, bomb])
@pytest.mark.parametrize("command", [("assets", "import"), ("collect", "file")])
def test_a_workbook_that_is_none_is_refused(
    config: Path, tmp_path: Path, make: Any, command: tuple[str, ...]
) -> None:
    path = tmp_path / "台账.xlsx"
    make(path)

    said = soc(*command, path, "--json", config=config)

    assert said.code == 3
    assert_one_line(said, path)


def test_a_torn_scan_file_is_stored_up_to_the_tear(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "scan.xml"
    whole = fake_nmap.document(fake_nmap.host("192.0.2.7", 80), fake_nmap.host("192.0.2.8", 22))
    path.write_text(whole[: whole.index("192.0.2.8")], encoding="utf-8")

    said = soc("scan", "import", path, "--json", config=config)

    assert (said.code, said.value["whole"], said.value["hosts"]) == (3, False, 1)
    assert_one_line(said, path)


RULE = """\
title: A field that does not exist
id: 3f2c0d5e-7a1b-4c8d-9e0f-1a2b3c4d5e6f
status: test
level: low
logsource: {category: webserver}
detection:
  made_up: {cs-no-such-field: x}
  condition: made_up
"""


def test_a_rule_with_an_unknown_field_is_unsupported_and_says_why(
    config: Path, tmp_path: Path
) -> None:
    path = tmp_path / "odd.yml"
    path.write_text(RULE, encoding="utf-8")

    said = soc("detect", "rules", "import", tmp_path, "--set=odd", "--json", config=config)
    states = soc("detect", "rules", "status", "--json", config=config).value
    ran = soc("detect", "run", "--json", config=config)

    (state,) = (rule for rule in states if rule["title"] == "A field that does not exist")
    assert state["state"] == "unsupported"
    assert "cs-no-such-field" in state["reason"]
    assert (said.code, ran.code) == (4, 0)
    assert_one_line(said, path)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("[nonsense]\na = 1", "nonsense: unknown key; remove it"),
        ("[store]\nengin = 'duckdb'", "store.engin: unknown key; remove it or mend its spelling"),
        ("[scanners.nmap.more]\na = 1", "more: unknown key; remove it or mend its spelling"),
        ("[scanners.nmpa]\nrate = 1", "scanners.nmpa: no plug-in has this table; mend its name"),
        ("[collectors.edge]\ntype = 'suricata'\npath = 'x'", "path: unknown key; remove it"),
        ("[store", "is no TOML: "),
    ],
)
def test_a_setting_that_does_not_exist_is_told_with_its_key(
    config: Path, tmp_path: Path, more: str, line: str
) -> None:
    wrong = tmp_path / "soc.toml"
    text = config.read_text(encoding="utf-8").replace("[scanners.nmap]\nversions = false", "")
    wrong.write_text(f"{text}\n{more}\n", encoding="utf-8")

    said = soc("config", "check", config=wrong)

    assert (said.code, said.out) == (2, "")
    assert said.complaint.startswith(f"soc: {wrong}: ")
    assert line in said.complaint
