from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer.main

import cli
from soc import errors
from soc.errors import SocError
from soc.text import LANGUAGES, Language, text
from tests.e2e.console import inherited, process, soc
from tests.e2e.site import site

HEAVY = ("pyarrow", "duckdb", "numpy", "deltalake", "weasyprint", "sigma", "nmap", "rich.table")
CODES = {
    "SocError": 1,
    "ConfigError": 2,
    "InputError": 3,
    "RuleError": 4,
    "StoreError": 5,
    "StoreUnavailable": 5,
    "Conflict": 5,
    "ToolError": 6,
    "ScopeError": 7,
}


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for verb, below in inner.items():
        yield from leaves(f"{name} {verb}", below)


COMMANDS = [
    found
    for noun, module in cli.nouns().items()
    for found in leaves(noun, typer.main.get_command(import_module(module).app))
]


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=lambda value: str(value)[:30])
def test_every_command_tells_what_it_does_and_takes(
    name: str, command: Any, tmp_path: Path
) -> None:
    said = soc(*name.split(), "--help", config=tmp_path / "none.toml")

    assert (said.code, said.err) == (0, "")
    assert "--help" in said.out
    assert command.help
    assert [p.name for p in command.params if not p.hidden and not p.help] == []


def test_without_arguments_it_shows_the_table_of_contents(tmp_path: Path) -> None:
    said = process(folder=tmp_path)

    assert [noun for noun in cli.nouns() if noun not in said.out + said.err] == []
    assert "Traceback" not in said.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noun_has_a_line_in_the_table_of_contents(language: Language) -> None:
    assert all(text(f"commands.{noun}", language) for noun in cli.nouns())


def test_no_two_rooms_have_the_same_noun() -> None:
    folders = [Path(import_module(room).__file__ or "").parent for room in cli.ROOMS]
    stems = [path.stem for folder in folders for path in (folder / "_commands").glob("[!_]*.py")]

    assert sorted(stems) == sorted(cli.nouns())


def test_no_two_jobs_have_the_same_name() -> None:
    names = [job.name for job in cli.jobs()]

    assert len(names) == len(set(names)) > 0


def test_help_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    chinese = process("--lang", "zh", "--help", folder=tmp_path)
    deeper = process("--lang=zh", "alerts", "list", "--help", folder=tmp_path)
    english = process("--help", folder=tmp_path)

    assert text("commands.alerts", "zh") in chinese.out
    assert text("alerts.list", "zh") in deeper.out
    assert text("commands.alerts", "en") in english.out
    assert (chinese.code, deeper.code, english.code) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], (*HEAVY, "pydantic")),  # a family's jobs bring pydantic, not its contents
        (["alerts", "--help"], HEAVY),
        (["collect", "--help"], HEAVY),
        (["report", "--help"], HEAVY),
    ],
)
def test_help_loads_nothing_heavy(
    arguments: list[str], heavy: tuple[str, ...], tmp_path: Path
) -> None:
    code = (
        "import sys, cli\n"
        f"sys.argv = ['soc', *{arguments}]\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=inherited(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Usage" in done.stdout
    assert done.stderr.strip() == "[]"


def test_every_error_of_the_tree_has_its_exit_code() -> None:
    tree = {name: kind for name, kind in vars(errors).items() if name in CODES}

    assert {name: kind.exit_code for name, kind in tree.items()} == CODES
    assert all(issubclass(kind, SocError) for kind in tree.values())


@pytest.mark.parametrize("name", CODES)
def test_an_error_raised_on_purpose_is_one_line_and_its_exit_code(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(prog_name: str) -> None:
        raise getattr(errors, name)("flows.pcap: 'x\ny': name another file")

    monkeypatch.setattr(cli, "command", lambda: SimpleNamespace(main=fails))

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == CODES[name]
    assert capsys.readouterr() == ("", "soc: flows.pcap: 'x y': name another file\n")


def test_a_bug_shows_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(prog_name: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "command", lambda: SimpleNamespace(main=fails))

    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("alerts", "nonsense"), ("alerts", "list", "--nonsense")]
)
def test_a_command_that_does_not_exist_is_told_on_stderr(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    said = soc(*arguments, config=tmp_path / "none.toml")

    assert (said.code, said.out) == (2, "")
    assert "nonsense" in said.err


def test_settings_that_are_not_there_are_told_once(tmp_path: Path) -> None:
    said = soc("store", "status", config=tmp_path / "none.toml")

    assert said.code == 2
    assert said.complaint.endswith("name another file")


@pytest.mark.parametrize("level", ["warning", "info"])
def test_log_lines_go_to_stderr_from_the_level_that_is_asked_for(
    level: str, tmp_path: Path
) -> None:
    config = site(tmp_path)

    said = soc("--log-level", level, "detect", "run", "--json", config=config)

    assert said.code == 0
    assert said.value["rules"] > 0
    assert ("job ran" in said.err) is (level == "info")


def test_a_context_is_opened_when_it_is_asked_for_and_closed_when_the_command_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site(tmp_path)

    soc("config", "show", config=config)
    assert not (tmp_path / "home").exists()

    soc("store", "status", config=config)
    assert (tmp_path / "home" / "state" / "records.sqlite").is_file()
    assert list((tmp_path / "home" / "state").glob("records.sqlite-wal")) == []
