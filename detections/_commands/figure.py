"""``soc figure``: daily figures, made by the roll-up or counted by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from soc.console import Json, fields, opened, show, t, table

app = typer.Typer(
    help=t("commands.figure"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=t("figure.first"))]
LastDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=t("figure.last"))]
By = Annotated[str, typer.Option("--by", help=t("figure.by_option"))]
Origins = Annotated[list[str] | None, typer.Option("--origin", help=t("figure.origin"))]


@app.command("set", help=t("figure.set"))
def set_(
    ctx: typer.Context,
    metric: Annotated[str, typer.Argument(help=t("figure.metric_argument"))],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=t("figure.day_option"))],
    value: Annotated[float, typer.Option(help=t("figure.value_option"))],
    evidence: Annotated[list[str], typer.Option(help=t("figure.evidence_option"))],
    by: By = "all",
    member: Annotated[str | None, typer.Option(help=t("figure.member_option"))] = None,
    as_json: Json = False,
) -> None:
    from detections import _figure

    made = _figure.counted_by_hand(opened(ctx), metric, day.date(), value, evidence, by, member)
    _one(_figure.view(made), as_json)


def _one(view: dict[str, Any], as_json: bool) -> None:
    show(view, as_json, lambda: fields({t(f"figure.{k}"): _cell(v) for k, v in view.items()}))


def _cell(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return "" if value is None else value


@app.command("list", help=t("figure.list"))
def list_(
    ctx: typer.Context,
    metric: Annotated[str | None, typer.Argument(help=t("figure.metric_argument"))] = None,
    first: Day = None,
    last: LastDay = None,
    by: By = "all",
    origin: Origins = None,
    as_json: Json = False,
) -> None:
    from detections import _figure
    from soc.metrics.figures import figures

    context = opened(ctx)
    days = _days(first, last, context)
    found = figures(context, *days, metric, by, tuple(origin or ("live",)))
    views = [_figure.view(each) for each in found]
    rows = [[_cell(each[name]) for name in _figure.COLUMNS] for each in views]
    show(views, as_json, lambda: table([t(f"figure.{n}") for n in _figure.COLUMNS], rows))


def _days(first: datetime | None, last: datetime | None, context: Any) -> tuple[date, date]:
    end = last.date() if last else context.calendar.date_of(context.clock.now())
    return (first.date() if first else end.replace(day=1)), end


@app.command("total", help=t("figure.total"))
def total_(
    ctx: typer.Context,
    metric: Annotated[str, typer.Argument(help=t("figure.metric_argument"))],
    first: Day = None,
    last: LastDay = None,
    by: By = "all",
    member: Annotated[str | None, typer.Option(help=t("figure.member_option"))] = None,
    origin: Origins = None,
    as_json: Json = False,
) -> None:
    from dataclasses import asdict

    from soc.metrics.figures import total

    context = opened(ctx)
    days = _days(first, last, context)
    found = total(context, metric, *days, by, member, tuple(origin or ("live",)))
    _one(asdict(found), as_json)
