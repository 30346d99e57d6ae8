"""One new file is a new part, with no other edit: five parts are added to a copy of the program.

The files stand in ``tests/e2e/parts``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cli
from tests.e2e.console import Said, inherited, process, soc
from tests.e2e.site import site

PARTS = Path(__file__).parent / "parts"
TESTS = Path(__file__).resolve().parents[1]
DAY, NOW = "2026-03-18", "2026-03-18T12:00:00"


class Program:
    """A copy of the program (links to its files) in which a file may be put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "program"
        self._folder.mkdir()
        self.config = site(folder)
        for package in ("soc", *(room for room in cli.ROOMS if room != "soc")):
            original = Path(import_module(package).__file__ or "").parent
            shutil.copytree(original, self._folder / package, copy_function=os.symlink)
        (self._folder / "cli.py").symlink_to(Path(cli.__file__).resolve())

    def put(self, part: str, family: str) -> None:
        """Add one file to a family."""
        shutil.copy(PARTS / f"{part}.py", self._folder / family / f"{part}.py")

    def soc(self, *arguments: object) -> Said:
        """Run a command of the copy."""
        path = {"PYTHONPATH": str(self._folder)}
        return process("--config", self.config, *arguments, environment=path, folder=self._folder)

    def ask(self, *arguments: object) -> Any:
        """The document that a command of the copy prints."""
        said = self.soc(*arguments, "--json")
        assert said.code == 0, said.err
        return said.value

    def contract(self, suite: str, part: str) -> str:
        """Run the family's contract tests of one part; what pytest says in its last line."""
        (self._folder / "tests").symlink_to(TESTS)
        (self._folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
        options = ("--import-mode=importlib", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
        chosen = (f"tests/contracts/test_{suite}.py", "-k", f"[{part}")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *chosen],
            env=inherited({"PYTHONPATH": str(self._folder)}),
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def observed(program: Program) -> Callable[[], None]:
    """Puts two flows and a line of a sensor into the store of the copy's site."""

    def fill() -> None:
        folder = program.config.parent
        eve = folder / "eve.json"
        eve.write_bytes(b"".join(EVE % (port, port) for port in (443, 8443)))
        said = soc("collect", "file", eve, "--as=suricata", "--json", config=program.config)
        assert (said.code, said.value["stored"]) == (0, 2), said.err

    return fill


EVE = (
    b'{"timestamp":"2026-03-18T12:00:00.000000+0800","flow_id":%d,"event_type":"flow",'
    b'"src_ip":"198.51.100.9","src_port":40000,"dest_ip":"192.0.2.10","dest_port":%d,'
    b'"proto":"TCP","flow":{"pkts_toserver":3,"pkts_toclient":2,"bytes_toserver":300,'
    b'"bytes_toclient":200,"start":"2026-03-18T11:59:58.000000+0800",'
    b'"end":"2026-03-18T12:00:00.000000+0800","state":"closed","reason":"timeout"}}\n'
)


def test_a_blocklist_format_is_listed_exported_and_held_to_the_contract(program: Program) -> None:
    unknown = program.soc("block", "export", "--format=shun")
    program.put("shun", "playbooks/blocklists")

    (listed,) = program.ask("block", "export", "--format=shun")["lists"]

    assert unknown.code == 2
    assert "'shun' is not one of csv, ipset, nftables, plain, xlsx" in unknown.complaint
    assert Path(listed["path"]).name == "blocklist.shun"
    assert Path(listed["path"]).is_file()
    assert " passed" in program.contract("blocklists", "shun")


def test_a_report_is_a_command_and_a_job(program: Program) -> None:
    program.put("brief", "reports")

    made = program.ask("report", "brief", f"--date={DAY}", "--format=html")
    jobs = program.soc("schedule", "now", "no such job").complaint

    assert "新增告警" in Path(made["files"][0]["path"]).read_text(encoding="utf-8")
    assert made["name"] == "brief"
    assert "report brief, report daily" in jobs


def test_an_output_format_serves_every_report(
    program: Program, observed: Callable[[], None]
) -> None:
    program.put("listing", "reports/formats")
    observed()

    made = program.ask("report", "daily", f"--date={DAY}", "--format=listing")

    lines = Path(made["files"][0]["path"]).read_text(encoding="utf-8").splitlines()
    assert "flows_seen 2" in lines
    assert len(lines) == 1 + len(made["numbers"])


def test_a_metric_is_asked_for_by_its_name(program: Program, observed: Callable[[], None]) -> None:
    program.put("arrivals", "soc/metrics")
    observed()

    told = program.ask("report", "number", "web_flows", f"--date={DAY}")

    assert told["value"] == 1
    assert told["rule"] == "Flow rows to ports 80 and 443."


def test_a_collector_is_listed_recognises_its_files_and_stores_them_once(
    program: Program, tmp_path: Path
) -> None:
    program.put("beats", "collectors")
    path = tmp_path / "box.log"
    path.write_text(
        f"beat {NOW}+08:00 198.51.100.9 192.0.2.10\n"
        "beat yesterday 198.51.100.9 192.0.2.10\n"
        f"beat {NOW}+08:00 2001:db8::9 2001:db8:200::11\n"
    )

    first, second = (program.ask("collect", "file", path) for _ in range(2))

    assert "beats" in [entry["name"] for entry in program.ask("collect", "list")]
    assert first == {**second, "stored": 2}
    assert (first["format"], first["records"], first["refused"]) == ("beats", 2, 1)
    assert second["stored"] == 0
    assert " passed" in program.contract("collectors", "beats")
