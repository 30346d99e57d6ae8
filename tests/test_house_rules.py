"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
import statistics
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("soc", "collectors", "detections", "scanners", "playbooks", "reports")
FORBIDDEN = re.compile(r"^_?(utils?|helpers?|commons?|base|managers?|handlers?|misc)$")
FILE_LINES, FUNCTION_LINES, FUNCTION_MEDIAN, FILE_MEDIAN = 400, 50, 12, 130


@cache
def sources() -> tuple[Path, ...]:
    if not (ROOT / "cli.py").is_file():
        pytest.skip("the sources are out of sight: this run tests the built wheel")
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return (ROOT / "cli.py", *sorted(found))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def length(node: ast.AST) -> int:
    first = getattr(node, "lineno", 0)
    return (getattr(node, "end_lineno", 0) or first) - first + 1


@cache
def functions() -> dict[str, int]:
    """Every function with its length in lines, its docstring not counted."""
    found: dict[str, int] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = ast.get_docstring(node) is not None
                words = length(first) if documented else 0
                found[f"{shown(path)}:{node.name}"] = length(node) - words
    return found


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = {shown(p): n for p in sources() if (n := len(p.read_text("utf-8").splitlines())) > 400}

    assert long == {}


def test_no_function_is_longer_than_fifty_lines() -> None:
    assert {name: n for name, n in functions().items() if n > FUNCTION_LINES} == {}


def test_half_of_the_functions_are_at_most_twelve_lines() -> None:
    assert statistics.median(functions().values()) <= FUNCTION_MEDIAN


def test_half_of_the_files_are_about_a_hundred_and_twenty_lines() -> None:
    lines = [len(path.read_text("utf-8").splitlines()) for path in sources()]

    assert statistics.median(lines) <= FILE_MEDIAN


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in sources() if FORBIDDEN.match(path.stem)] == []


def has_test(path: Path) -> bool:
    """A public module has a test of its name; a helper may share its public module's test."""
    folder = ROOT / "tests" / path.relative_to(ROOT).parent
    stem = path.stem.lstrip("_")
    candidates = [stem]
    while path.stem.startswith("_") and "_" in stem:
        stem = stem.rpartition("_")[0]
        candidates.append(stem)
    return any((folder / f"test_{name}.py").is_file() for name in candidates)


def test_the_tests_mirror_the_sources() -> None:
    wanted = [
        path for path in sources() if path.stem != "__init__" and "_commands" not in path.parts
    ]

    assert [shown(path) for path in wanted if not has_test(path)] == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}

    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").is_file()] == []


def test_each_of_our_top_level_names_belongs_to_one_distribution() -> None:
    owners = packages_distributions()
    is_editable = (ROOT / "cli.py").is_file()  # then no list of files says that they are ours

    found = {name: owners.get(name) for name in (*PACKAGES, "cli")}

    allowed: tuple[list[str] | None, ...] = (["govsoc"], None) if is_editable else (["govsoc"],)
    assert {name: o for name, o in found.items() if o not in allowed} == {}


def imported() -> set[str]:
    """Top-level names that the sources import, the standard library's and ours left out."""
    found: set[str] = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {*PACKAGES, "cli"}


def declared() -> set[str]:
    """Names of the distributions that pyproject.toml asks for at run time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (re.match(r"[\w-]+", wanted) for wanted in project["dependencies"])
    return {name[0].lower().replace("_", "-") for name in names if name}


def test_every_library_that_we_import_is_declared() -> None:
    owners = packages_distributions()
    needed = {name: {o.lower().replace("_", "-") for o in owners[name]} for name in imported()}

    assert {name for name, by in needed.items() if not by & declared()} == set()


def test_every_declared_library_is_imported() -> None:
    owners = packages_distributions()
    used = {o.lower().replace("_", "-") for name in imported() for o in owners[name]}
    not_imported = {"tzdata"}  # data that zoneinfo reads where the system has none

    assert declared() - used - not_imported == set()


def test_nothing_is_left_unfinished() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")

    assert [shown(path) for path in sources() if words.search(path.read_text("utf-8"))] == []


def test_the_reference_pages_are_current() -> None:
    sources()
    from docs.reference import pages

    folder = ROOT / "docs" / "reference"
    stale = [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]
    assert stale == [], "run `make docs`"
