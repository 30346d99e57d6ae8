"""``soc assets``: the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from soc.console import Json, fields, opened, say, show, t, table

app = typer.Typer(
    help=t("assets.help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Zone = Annotated[str | None, typer.Option(help=t("assets.option_zone"))]


@app.command("import", help=t("assets.import"))
def import_(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help=t("assets.paths"))],
    zone: Zone = None,
    unit: Annotated[str | None, typer.Option(help=t("assets.option_unit"))] = None,
    origin: Annotated[str, typer.Option(help=t("assets.option_origin"))] = "imported",
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    params = {"paths": paths, "zone": zone, "unit": unit, "origin": origin}
    outcome = context.jobs.run("import ledger", params, context)
    show(outcome.value, as_json, lambda: _tell(dict(outcome.value)))
    for line in outcome.errors:
        typer.echo(f"soc: {line}", err=True)
    if outcome.errors:
        from soc.errors import InputError

        raise typer.Exit(InputError.exit_code)


def _tell(value: dict[str, Any]) -> None:
    """Figures first, then what a person must look at, one line each."""
    fields({t(f"assets.figure.{name}"): n for name, n in value.items() if isinstance(n, int)})
    for name in ("errors", "notes"):
        for line in value[name]:
            place = f"{line['file']}{'#' + line['sheet'] if line['sheet'] else ''}:{line['row']}"
            column = f" {line['column']}" if line["column"] else ""
            said = f" {line['value']!r}" if line["value"] else ""
            say(f"{t(f'assets.{name}')} {place}{column}{said}: {line['remedy']}")
    for conflict in value["conflicts"]:
        say(t("assets.conflict", address=conflict["address"], units=", ".join(conflict["units"])))


@app.command("list", help=t("assets.list"))
def list_(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option(help=t("assets.option_of_unit"))] = None,
    zone: Annotated[str | None, typer.Option(help=t("assets.option_in_zone"))] = None,
    name: Annotated[str | None, typer.Option(help=t("assets.option_name"))] = None,
    as_json: Json = False,
) -> None:
    from collectors._registry import assets

    found = assets(opened(ctx), unit=unit, zone=zone, name=name)
    columns = ("id", "name", "type", "state", "unit", "endpoints")
    titles = [t(f"assets.column.{column}") for column in columns]
    rows = ([*(r[c] for c in columns[:-1]), "\n".join(r["endpoints"])] for r in found)
    show(found, as_json, lambda: table(titles, rows))


@app.command("show", help=t("assets.show"))
def show_(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(help=t("assets.id"))],
    as_json: Json = False,
) -> None:
    from collectors._registry import asset

    found = asset(opened(ctx), id)
    show(found, as_json, lambda: fields({k: v for k, v in found.items() if v not in (None, ())}))


@app.command("who", help=t("assets.who"))
def who(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help=t("assets.address"))],
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    from collectors._registry import who as asked

    found = asked(opened(ctx), address, zone)
    named = {t(f"assets.who_field.{name}"): value for name, value in found.items() if value}
    show(found, as_json, lambda: fields(named) if found["found"] else say(t("assets.nobody")))
