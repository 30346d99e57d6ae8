"""Writes the reference pages from the program itself: ``python -m docs.reference``.

A test compares what stands in ``docs/reference`` with what this makes, so the pages cannot rot.
"""

from __future__ import annotations

import inspect
import os
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ["SOC_LANG"] = "en"
HERE = Path(__file__).resolve().parent
FAMILIES = (
    "collectors",
    "scanners",
    "detections.analytics",
    "playbooks.blocklists",
    "playbooks.actions",
    "reports",
    "reports.formats",
    "soc.metrics",
)
NOTE = "<!-- Made by `python -m docs.reference`; do not edit. -->\n"


def pages() -> dict[str, str]:
    """File name and content of every reference page."""
    made = {
        "commands.md": commands(),
        "json.md": json_keys(),
        "settings.md": settings(),
        "fields.md": fields(),
        "plugins.md": plugins(),
        "rules.md": rules(),
        "metrics.md": metrics(),
        "records.md": records(),
    }
    return {name: NOTE + "\n" + text.rstrip() + "\n" for name, text in made.items()}


def commands() -> str:
    """Every command with its arguments and options."""
    import typer.main

    from cli import nouns

    lines = ["# Commands", "", "`soc <noun> <verb>`; every command takes `--help`.", ""]
    for noun, module in nouns().items():
        group = typer.main.get_command(import_module(module).app)
        lines += [f"## {noun}", "", _one_line(group.help), ""]
        verbs = getattr(group, "commands", {})
        for verb, command in sorted(_leaves(verbs)):
            lines += [f"### soc {noun} {verb}", "", _one_line(command.help), ""]
            lines += [*_parameters(command), ""]
        if not verbs:
            lines += [*_parameters(group), ""]
    return "\n".join(lines)


def _leaves(verbs: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in verbs.items():
        inner = getattr(command, "commands", None)
        if inner:
            yield from _leaves(inner, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        names = ", ".join(f"`{name}`" for name in parameter.opts)
        if names == "`--help`":
            continue
        shown = f"`{parameter.name.upper()}`" if not parameter.opts[0].startswith("-") else names
        yield f"- {shown}: {_one_line(getattr(parameter, 'help', ''))}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def json_keys() -> str:
    """Keys of the documents that ``--json`` prints."""
    table = tomllib.loads((HERE / "json_keys.toml").read_text(encoding="utf-8"))
    lines = ["# JSON output", "", "Keys that `--json` prints; they stay. More may be added.", ""]
    lines += ["| command | document | keys |", "| --- | --- | --- |"]
    for command, entry in sorted(table.items()):
        keys = ", ".join(f"`{key}`" for key in entry["keys"])
        lines.append(f"| `soc {command}` | {entry['document']} | {keys} |")
    return "\n".join(lines)


def settings() -> str:
    """Every settings table with its keys and defaults."""
    from pydantic import BaseModel

    from soc import config

    lines = ["# Settings", "", _paragraph(config), ""]
    shared = {
        "site": config.Site,
        "scope": config.ScopeSettings,
        "estate": config.EstateSettings,
        "people.<login>": config.Person,
        "store": config.StoreSettings,
    }
    for name, model in shared.items():
        lines += _table(name, model)
    for module in _modules_with_settings():
        model = import_module(module).Settings
        if isinstance(model, type) and issubclass(model, BaseModel):
            shown = module.replace("collectors.", "collectors.<name>] type = ", 1)
            lines += _table(shown, model)
    return "\n".join(lines)


def _modules_with_settings() -> Iterator[str]:
    from soc import plugins

    for family in ("collectors", "scanners", "detections", "playbooks", "reports"):
        for name in plugins.names(family):
            if hasattr(import_module(f"{family}.{name}"), "Settings"):
                yield f"{family}.{name}"


def _table(name: str, model: Any) -> list[str]:
    lines = [f"## [{name}]", "", "| key | default | meaning |", "| --- | --- | --- |"]
    for key, field in model.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else _short(field.get_default(call_default_factory=True))
        )
        lines.append(f"| `{key}` | `{default}` | {field.description} |")
    return [*lines, ""]


def _short(value: object) -> str:
    text = repr(value).replace("|", "\\|")
    return text if len(text) <= 60 else text[:57] + "..."


def _paragraph(module: Any) -> str:
    return _one_line((inspect.getdoc(module) or "").partition("\n\n")[2])


def fields() -> str:
    """The one table of event fields."""
    from soc import schema

    lines = ["# Fields", "", "| field | type | datasets | meaning |", "| --- | --- | --- | --- |"]
    for field in schema.fields().values():
        all_of_them = len(field.datasets) == len(schema.DATASETS)
        where = "all" if all_of_them else " ".join(field.datasets)
        kind = field.type.name.lower()
        lines.append(f"| `{field.name}` | {kind} | {where} | {field.meaning} |")
    return "\n".join(lines)


def plugins() -> str:
    """Every plug-in with the first line of its docstring."""
    from soc import plugins as found

    lines = ["# Plug-ins", "", "A new file is a new plug-in; nothing is registered.", ""]
    for family in FAMILIES:
        names = found.names(family)
        if names:
            lines += [f"## {family}", ""]
            for name in names:
                first = (inspect.getdoc(found.load(family, name)) or "").partition("\n")[0]
                lines.append(f"- `{name}`: {first}")
            lines.append("")
    return "\n".join(lines)


def rules() -> str:
    """Every Sigma rule that ships."""
    import yaml

    lines = ["# Rules", "", "| rule | level | title | file |", "| --- | --- | --- | --- |"]
    root = HERE.parent / "detections" / "rules"
    for path in sorted(root.rglob("*.yml")):
        rule = yaml.safe_load(path.read_text(encoding="utf-8"))
        shown = path.relative_to(root)
        lines.append(f"| {rule['id']} | {rule['level']} | {rule['title']} | `{shown}` |")
    return "\n".join(lines)


def metrics() -> str:
    """Every number that people see, with its counting rule."""
    from soc import plugins as found
    from soc.text import text

    lines = ["# Metrics", "", "| metric | name | counting rule |", "| --- | --- | --- |"]
    for subject in found.names("soc.metrics"):
        for metric in found.load("soc.metrics", subject).METRICS:
            name = text(f"metrics.{metric.id}.name", "en")
            rule = text(f"metrics.{metric.id}.rule", "en")
            lines.append(f"| `{metric.id}` | {name} | {rule} |")
    return "\n".join(lines)


def records() -> str:
    """Every kind of record with its states and fields."""
    import dataclasses

    from soc.records import Record, kinds

    shared = {field.name for field in dataclasses.fields(Record)}
    own = ", ".join(f"`{name}`" for name in sorted(shared))
    lines = ["# Records", "", f"All records have {own}.", ""]
    for name, kind in sorted(kinds().items()):
        more = [f.name for f in dataclasses.fields(kind) if f.name not in shared]
        lines += [f"## {name}", "", "States: " + ", ".join(kind.states) + ".", ""]
        lines += ["Fields: " + ", ".join(f"`{field}`" for field in more) + ".", ""]
    return "\n".join(lines)


def main() -> None:
    """Write every page."""
    folder = HERE / "reference"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
