"""``soc units``: who answers for what."""

from __future__ import annotations

from typing import Annotated

import typer

from soc.console import Json, fields, opened, show, t, table

app = typer.Typer(
    help=t("assets.units_help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("list", help=t("assets.units_list"))
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    from collectors._registry import units

    found = units(opened(ctx))
    columns = ("id", "name", "type", "state", "systems", "assets")
    titles = [t(f"assets.column.{column}") for column in columns]
    show(found, as_json, lambda: table(titles, (tuple(row.values()) for row in found)))


@app.command("show", help=t("assets.units_show"))
def show_(
    ctx: typer.Context,
    unit: Annotated[str, typer.Argument(help=t("assets.unit"))],
    as_json: Json = False,
) -> None:
    from collectors._registry import unit as asked

    found = asked(opened(ctx), unit)
    show(found, as_json, lambda: fields({k: v for k, v in found.items() if v not in (None, ())}))
