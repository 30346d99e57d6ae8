"""``soc shadow``: what lives on the network and stands in no ledger."""

from __future__ import annotations

import typer

from soc.console import Json, language, opened, show, t, table

app = typer.Typer(
    help=t("commands.shadow"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.callback()
def shadow() -> None:
    """Keeps ``list`` a verb: an app of one command would run without naming it."""


@app.command("list", help=t("shadow.list"))
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    from detections import shadow as shadows
    from detections._shadow_view import COLUMNS, shadow_view
    from detections.zombies import unit_names

    context = opened(ctx)
    units = unit_names(context)
    views = [shadow_view(verdict, units, language()) for verdict in shadows.listed(context)]
    rows = [[_cell(name, view[name]) for name in COLUMNS] for view in views]
    show(views, as_json, lambda: table([t(f"shadow.{name}") for name in COLUMNS], rows))


def _cell(name: str, value: object) -> object:
    if name in ("last_seen", "since") and value:
        return str(value)[:10]
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value
