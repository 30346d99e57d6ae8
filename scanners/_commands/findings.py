"""``soc findings``: what the checks found, worst first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from soc.console import Json, fields, language, opened, show, t, table
from soc.text import label

app = typer.Typer(
    help=t("commands.findings"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

COLUMNS = ("grade", "confidence", "title", "address", "port", "unit", "last_seen", "state", "id")
Text = str | None


@app.command("list", help=t("findings.list"))
def list_(
    ctx: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help=t("findings.state_option"))] = None,
    grade: Annotated[list[str] | None, typer.Option(help=t("findings.grade_option"))] = None,
    check: Annotated[Text, typer.Option(help=t("findings.check_option"))] = None,
    unit: Annotated[Text, typer.Option(help=t("findings.unit_option"))] = None,
    address: Annotated[Text, typer.Option(help=t("findings.address_option"))] = None,
    limit: Annotated[int | None, typer.Option(min=1, help=t("findings.limit"))] = None,
    as_json: Json = False,
) -> None:
    from scanners._findings_list import listed, unit_names, view

    context = opened(ctx)
    found = listed(
        context, state or (), grades=grade or (), check=check, unit=unit, address=address
    )
    views = [view(each) for each in found[:limit]]
    called = unit_names(context)
    named = [each | {"unit": called.get(each["unit"], each["unit"])} for each in views]
    rows = [[_cell(name, each[name]) for name in COLUMNS] for each in named]
    show(views, as_json, lambda: table([t(f"findings.{name}") for name in COLUMNS], rows))


@app.command("show", help=t("findings.show"))
def show_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("findings.named"))],
    as_json: Json = False,
) -> None:
    from scanners._findings_list import DETAILS, named, view

    value = view(named(name, opened(ctx)), DETAILS)
    pairs = {t(f"findings.{key}"): _cell(key, told) for key, told in value.items()}
    show(value, as_json, lambda: fields(pairs))


@app.command("checks", help=t("findings.checks"))
def checks_(ctx: typer.Context, as_json: Json = False) -> None:
    from scanners._findings_list import checks

    rules = [
        {"check": rule.id, "module": module.CHECK.name, "category": rule.category}
        for module in checks()
        for rule in module.CHECK.rules
    ]
    rows = [[each["check"], _cell("category", each["category"])] for each in rules]
    show(rules, as_json, lambda: table((t("findings.check"), t("findings.category")), rows))


knowledge = typer.Typer(help=t("findings.knowledge"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(knowledge, name="knowledge")
KNOWN = ("kind", "source", "as_of", "products", "cycles", "stale")


@knowledge.command("import", help=t("findings.knowledge_import"))
def knowledge_import(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help=t("findings.knowledge_file"))],
    as_of: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help=t("findings.knowledge_as_of"))
    ],
    source: Annotated[str, typer.Option(help=t("findings.knowledge_source"))],
    as_json: Json = False,
) -> None:
    from scanners._knowledge import take

    value = take(path, source, as_of.date(), opened(ctx))
    show(value, as_json, lambda: _known([value]))


@knowledge.command("list", help=t("findings.knowledge_list"))
def knowledge_list(ctx: typer.Context, as_json: Json = False) -> None:
    from scanners._knowledge import standing

    found = standing(opened(ctx))
    show(found, as_json, lambda: _known(found))


def _known(found: list[dict[str, Any]]) -> None:
    """A table; what is older than ninety days says so."""
    rows = [
        [
            *(t("findings.end_of_life_cycles"), each["source"], each["as_of"], each["products"]),
            *(each["cycles"], t("findings.stale_yes") if each["stale"] else ""),
        ]
        for each in found
    ]
    table([t(f"findings.knowledge_{name}_title") for name in KNOWN], rows)


def _cell(name: str, value: Any) -> object:
    if name in ("grade", "confidence", "category") and value:
        return label(f"findings.{name}_{value}", language()).removeprefix(f"{name}_")
    if name in ("state",) and value:
        return label(f"records.state.finding.{value}", language())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value
