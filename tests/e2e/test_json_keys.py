"""Keys of ``--json`` are a promise: the table that the reference shows is what commands print."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli import nouns

TABLE = Path(__file__).resolve().parents[2] / "docs" / "json_keys.toml"


@cache
def table() -> dict[str, dict[str, Any]]:
    if not TABLE.is_file():
        pytest.skip("docs/json_keys.toml is out of sight: this run tests the built wheel")
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its name as people type it."""
    for noun, module in nouns().items():
        yield from _below(noun, typer.main.get_command(import_module(module).app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for verb, below in inner.items():
        yield from _below(f"{name} {verb}", below)


def prints_json(command: Any) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


def told(name: str, document: Any, entry: dict[str, Any]) -> list[str]:
    """What of a document is not as the table says."""
    kind, keys = entry["document"], entry["keys"]
    if kind == "list of strings":
        return [f"{name}: {item!r}" for item in document if not isinstance(item, str)]
    if kind.startswith("object by "):
        return [] if isinstance(document, dict) and document and not keys else [f"{name}: {kind}"]
    items = document if kind == "list of objects" else [document]
    if not items:
        return [f"{name}: shows nothing here, so its keys cannot be compared"]
    return [f"{name}: {line}" for item in items for line in _differences(item, keys)]


def _differences(item: dict[str, Any], keys: list[str]) -> Iterator[str]:
    """Every key of the object stands in the table; nested ones that stand there are printed."""
    own = [key for key in keys if "[]" not in key]
    if list(item) != own:
        yield f"prints {list(item)}, the table has {own}"
    for key in keys:
        outer, dot, inner = key.partition("[].")
        if dot:
            yield from (f"{key} is missing" for each in item[outer] if inner not in each)


def test_every_command_that_prints_results_has_the_option_and_stands_in_the_table() -> None:
    printing = {name for name, command in commands() if prints_json(command)}
    silent = {name for name, command in commands() if not prints_json(command)}

    assert printing == set(table())
    assert silent == {"schedule run"}  # works until it is stopped, and prints log lines only


def test_every_command_of_the_walk_prints_the_keys_of_the_table(walked: dict[str, Any]) -> None:
    """A command that the walk leaves out has a test of its own that calls ``told``."""
    printed = [line for name in walked for line in told(name, walked[name], table()[name])]

    assert printed == []


def test_every_entry_of_the_table_says_what_kind_of_document_it_is() -> None:
    kinds = {entry["document"] for entry in table().values()}

    assert kinds <= {
        "object",
        "list of objects",
        "list of strings",
        "object by dataset",
        "object by file name",
    }
