"""``soc report``: documents for leaders, and the way back from each number to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from soc import plugins
from soc.console import Json, fields, language, opened, say, show, t, table
from soc.text import label

app = typer.Typer(
    help=t("commands.report"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
Day = Annotated[str | None, typer.Option("--date", help=t("report.help_date"))]
Out = Annotated[Path | None, typer.Option("--out", help=t("report.help_out"))]
Formats = Annotated[list[str] | None, typer.Option("--format", help=t("report.help_format"))]
Of = Annotated[str | None, typer.Option("--drill", help=t("report.help_of"))]
Unit = Annotated[str | None, typer.Option("--unit", help=t("report.help_unit"))]
Origins = Annotated[list[str] | None, typer.Option("--origin", help=t("report.help_origin"))]


def _maker(name: str) -> Callable[..., None]:
    """The command of one report."""

    def make(
        ctx: typer.Context,
        date: Day = None,
        drill: Of = None,
        unit: Unit = None,
        out: Out = None,
        formats: Formats = None,
        origins: Origins = None,
        as_json: Json = False,
    ) -> None:
        given: dict[str, object] = {"date": date, "drill": drill, "unit": unit}
        given |= {"out": out, "formats": formats, "origins": origins}
        params = {key: value for key, value in given.items() if value}
        context = opened(ctx)
        made = context.jobs.run(f"report {name}", params, context).value
        show(made, as_json, lambda: _tell(made))

    return make


def _tell(made: Mapping[str, Any]) -> None:
    if not made["is_new"]:
        say(t("report.unchanged", edition=made["edition"]))
    for file in made["files"]:
        say(f"{file['path']}  sha256 {file['sha256']}")


def _help(name: str) -> str:
    try:
        return t(f"report.help_{name}")
    except KeyError:
        return name


for _name in plugins.names("reports"):
    app.command(_name, help=_help(_name))(_maker(_name))


@app.command("list", help=t("report.help_list"))
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=t("report.help_limit"))] = 60,
    as_json: Json = False,
) -> None:
    from reports._register import listed

    keys = ("id", "name", "period", "edition", "as_of", "state")
    found = listed(opened(ctx), limit)
    rows = [
        [
            *(each["id"], label(f"report.called.{each['name']}", language()), each["period"]),
            *(each["edition"], each["as_of"][:16], t(f"report.{each['state']}")),
        ]
        for each in found
    ]
    titles = [t(f"report.{key}") for key in keys]
    show(found, as_json, lambda: table(titles, rows) if rows else say(t("report.none")))


@app.command("show", help=t("report.help_show"))
def show_(
    ctx: typer.Context,
    report_id: Annotated[str, typer.Argument(help=t("report.help_id"))],
    as_json: Json = False,
) -> None:
    from reports._register import shown

    found = shown(report_id, opened(ctx))
    show(found, as_json, lambda: fields(_titled(found)))


@app.command("number", help=t("report.help_number"))
def number(
    ctx: typer.Context,
    metric: Annotated[str, typer.Argument(help=t("report.help_metric"))],
    date: Day = None,
    drill: Of = None,
    origins: Origins = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help=t("report.help_as_of"))] = None,
    as_json: Json = False,
) -> None:
    from reports._register import Asked, found_again

    asked = Asked(metric, date, drill, tuple(origins or ()), as_of)
    found = found_again(asked, opened(ctx), language())
    show(found, as_json, lambda: fields(_titled(found)))


def _titled(found: Mapping[str, Any]) -> dict[str, object]:
    """What is known, under the words of people; what is not is left out."""
    known = {key: value for key, value in found.items() if value not in (None, [], {})}
    return {t(f"report.asked.{key}"): _said(key, value) for key, value in known.items()}


def _said(key: str, value: Any) -> object:
    from soc.records._labels import value_label

    if key == "origins":
        return "、".join(value_label("report", "origin", each, language()) for each in value)
    if key == "state":
        return t(f"report.{value}")
    if key == "coverage" and isinstance(value, float):
        return f"{value:.0%}"
    if isinstance(value, list):
        return " – ".join(map(str, value))
    if isinstance(value, dict):
        return "\n".join(f"{name} {told}" for name, told in value.items())
    return value
