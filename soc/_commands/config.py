"""``soc config``: what is set, and whether it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from soc.console import Json, opened, say, show, t

if TYPE_CHECKING:
    from soc.context import Context

app = typer.Typer(
    help=t("commands.config"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("show", help=t("config.show"))
def show_config(as_json: Json = False) -> None:
    from soc.config import read, shown

    config = read()
    value = {"path": str(config.path) if config.path else None, "settings": shown(config)}
    show(value, as_json, lambda: _print(value["settings"]))


def _print(settings: Any, prefix: str = "") -> None:
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            _print(value, f"{prefix}{key}.")
        else:
            say(f"{prefix}{key} = {value!r}")


@app.command("check", help=t("config.check"))
def check(ctx: typer.Context, as_json: Json = False) -> None:
    context = opened(ctx)  # reads the shared tables, networks and guard files among them
    path, tables = context.config.path, _checked(context)
    value = {"path": str(path) if path else None, "tables": tables, "ok": True}
    show(value, as_json, lambda: say(t("config.right", count=len(tables))))


def _checked(context: Context) -> list[str]:
    """The tables of plug-ins, each as the type that the plug-in gives it; the plan as well."""
    from soc._tables import tables
    from soc.schedule import plan

    config = context.config
    plan(config.schedule, context.jobs.names(), place=config.place)
    found = tables(config)
    for table, model in found.items():
        config.plugin(table, model)
    return sorted(found)
