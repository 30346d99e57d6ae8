"""``soc zombies``: which systems nobody uses any more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from soc.console import Json, fields, language, opened, say, show, t, table

app = typer.Typer(
    help=t("commands.zombies"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Named = Annotated[str, typer.Argument(help=t("zombies.named"))]


@app.command("evaluate", help=t("zombies.evaluate"))
def evaluate(
    ctx: typer.Context,
    accept: Annotated[list[str] | None, typer.Option(help=t("zombies.accept"))] = None,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    value = dict(context.jobs.run("zombies", {"accept": accept or ()}, context).value)
    show(value, as_json, lambda: fields({_counted(name): n for name, n in value.items()}))


def _counted(name: str) -> str:
    known = ("systems", "changed", "frozen_units")
    return t(f"zombies.{name}" if name in known else f"zombies.state.{name}")


@app.command("list", help=t("zombies.list"))
def list_(
    ctx: typer.Context,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help=t("zombies.class_option"))
    ] = None,
    as_json: Json = False,
) -> None:
    from detections import zombies
    from detections._zombies_view import COLUMNS, verdict_view

    context = opened(ctx)
    names = (zombies.system_names(context), zombies.unit_names(context))
    found = zombies.listed(context, classes or ())
    views = [verdict_view(verdict, *names, language()) for verdict in found]
    rows = [[_cell(name, view[name]) for name in COLUMNS] for view in views]
    show(views, as_json, lambda: table([t(f"zombies.{name}") for name in COLUMNS], rows))


def _cell(name: str, value: Any) -> object:
    from detections._zombies_view import cell

    return cell(name, value, language())


@app.command("show", help=t("zombies.show"))
def show_(ctx: typer.Context, name: Named, as_json: Json = False) -> None:
    from detections import zombies
    from detections._zombies_view import verdict_details

    context = opened(ctx)
    verdict = zombies.find(context, name)
    names = (zombies.system_names(context), zombies.unit_names(context))
    history = zombies.history(context, verdict)
    view = verdict_details(verdict, history, *names, language(), context.calendar)
    hidden = ("signals", "families", "history")
    told = {t(f"zombies.{k}"): _cell(k, v) for k, v in view.items() if k not in hidden}
    show(view, as_json, lambda: fields(told))


@app.command("declare", help=t("zombies.declare"))
def declare(
    ctx: typer.Context,
    name: Named,
    pattern: Annotated[str, typer.Option(help=t("zombies.pattern"))],
    until: Annotated[datetime, typer.Option(help=t("zombies.until"), formats=["%Y-%m-%d"])],
    reason: Annotated[str, typer.Option("--reason", help=t("zombies.reason_option"))],
    as_json: Json = False,
) -> None:
    from detections import zombies

    system = zombies.declare(opened(ctx), name, pattern, until.date(), reason)
    view = zombies.declaration_view(system)
    told = {"system": view["system"], "until": view["until"]}
    named = t(f"zombies.kept.{pattern}")
    show(view, as_json, lambda: say(t("zombies.declared", pattern=named, **told)))
