"""``soc alerts``: the list of today, and what people decide about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from soc.console import Json, fields, language, opened, show, t, table
from soc.text import label

if TYPE_CHECKING:
    from soc.records.alert import Alert
    from soc.records.drill import Drill

app = typer.Typer(
    help=t("commands.alerts"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Named = Annotated[str, typer.Argument(help=t("alerts.named"))]
Reason = Annotated[str, typer.Option("--reason", help=t("alerts.reason_option"))]
_FIXED = {  # key: field
    "level": "severity",
    "confidence": "confidence",
    "origin": "origin",
    "state": "state",
}


@app.command("list", help=t("alerts.list"))
def list_(
    ctx: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help=t("alerts.state_option"))] = None,
    limit: Annotated[int | None, typer.Option(min=1, help=t("alerts.limit"))] = None,
    as_json: Json = False,
) -> None:
    from detections import alerts
    from detections._view import ALERT_COLUMNS, alert_view

    views = [alert_view(alert) for alert in alerts.listed(opened(ctx), state or (), limit)]
    rows = [[_cell(name, view[name]) for name in ALERT_COLUMNS] for view in views]
    show(views, as_json, lambda: table([t(f"alerts.{name}") for name in ALERT_COLUMNS], rows))


def _cell(name: str, value: Any) -> object:
    from detections._attack import technique_named
    from soc.records._labels import value_label

    if name in _FIXED and value:
        return value_label("alert", _FIXED[name], value, language())
    if name in ("result", "verdict", "direction") and value:
        return label(f"alerts.{name}_{value}", language()).removeprefix(f"{name}_")
    if name == "techniques":
        return ", ".join(technique_named(each, language()) for each in value)
    if isinstance(value, list):
        return ", ".join(map(str, value[:3])) + ("…" if len(value) > 3 else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} {_share(each)}" for key, each in value.items())
    return "" if value is None else value


def _share(value: object) -> object:
    return f"{value:.0%}" if isinstance(value, float) else value


@app.command("show", help=t("alerts.show"))
def show_(ctx: typer.Context, name: Named, as_json: Json = False) -> None:
    from detections import alerts

    _told(ctx, alerts.find(opened(ctx), name), as_json)


def _told(ctx: typer.Context, alert: Alert, as_json: bool) -> None:
    from detections._view import alert_details
    from soc.metrics._drills_members import drills_of

    records = opened(ctx).store.records
    drills = drills_of(alert, (cast("Drill", each) for each in records.find("drill")))
    view = alert_details(alert) | {"drills": [each.id for each in drills]}
    unit = view["unit"] and records.get("unit", view["unit"])
    told = view | {"unit": getattr(unit, "name", view["unit"])}
    told |= {"drills": [f"{each.no} {each.name}" for each in drills]}
    shown = {_label(name): _cell(name, value) for name, value in told.items()}
    show(view, as_json, lambda: fields(shown))


def _label(name: str) -> str:
    return label(f"alerts.{name}", language())


@app.command("ack", help=t("alerts.ack"))
def ack(ctx: typer.Context, name: Named, reason: Reason = "", as_json: Json = False) -> None:
    from detections import alerts

    context = opened(ctx)
    _told(ctx, alerts.acknowledge(context, alerts.find(context, name), reason), as_json)


@app.command("assign", help=t("alerts.assign"))
def assign(
    ctx: typer.Context,
    name: Named,
    login: Annotated[str, typer.Argument(help=t("alerts.login"))],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    from detections import alerts

    context = opened(ctx)
    _told(ctx, alerts.assign(context, alerts.find(context, name), login, reason), as_json)


@app.command("comment", help=t("alerts.comment"))
def comment(
    ctx: typer.Context,
    name: Named,
    remark: Annotated[str, typer.Argument(help=t("alerts.remark"))],
    as_json: Json = False,
) -> None:
    from detections import alerts

    context = opened(ctx)
    _told(ctx, alerts.comment(context, alerts.find(context, name), remark), as_json)


@app.command("close", help=t("alerts.close"))
def close(
    ctx: typer.Context,
    name: Named,
    verdict: Annotated[str, typer.Option(help=t("alerts.verdict_option"))],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    from detections import alerts
    from detections._alerts_words import judgement

    context = opened(ctx)
    judged = judgement(verdict)
    _told(ctx, alerts.close(context, alerts.find(context, name), judged, reason), as_json)


@app.command("suppress", help=t("alerts.suppress"))
def suppress(
    ctx: typer.Context,
    reason: Reason,
    rule: Annotated[str | None, typer.Option(help=t("alerts.rule_option"))] = None,
    entity: Annotated[str | None, typer.Option(help=t("alerts.entity_option"))] = None,
    filter: Annotated[str | None, typer.Option("--filter", help=t("alerts.filter_option"))] = None,
    days: Annotated[int | None, typer.Option(min=1, max=90, help=t("alerts.days"))] = None,
    until: Annotated[datetime | None, typer.Option(help=t("alerts.until"))] = None,
    kind: Annotated[str, typer.Option(help=t("alerts.kind"))] = "silence",
    as_json: Json = False,
) -> None:
    from detections import alerts
    from detections._alerts_words import ending, sort
    from detections._view import suppression_view

    context = opened(ctx)
    asked = alerts.suppression(
        context,
        rule=rule,
        entity=entity,
        filter=filter,
        reason=reason,
        until=ending(context, days, until),
        type=sort(kind),
    )
    view = suppression_view(*alerts.suppress(context, asked))
    show(view, as_json, lambda: fields({_label(n): _cell(n, value) for n, value in view.items()}))


@app.command("unsuppress", help=t("alerts.unsuppress"))
def unsuppress(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("alerts.suppression"))],
    reason: Reason,
    as_json: Json = False,
) -> None:
    from detections import alerts

    value = {"id": name, "alerts": alerts.unsuppress(opened(ctx), name, reason)}
    show(value, as_json, lambda: fields({_label(name): shown for name, shown in value.items()}))


@app.command("suppressions", help=t("alerts.suppressions"))
def suppressions(ctx: typer.Context, as_json: Json = False) -> None:
    from detections import alerts
    from detections._view import suppression_view

    views = [suppression_view(entry) for entry in alerts.suppressions(opened(ctx))]
    columns = ("id", "type", "owner", "reason", "expires_at", "state", "hidden")
    rows = [[view[name] for name in columns] for view in views]
    show(views, as_json, lambda: table([t(f"alerts.{name}") for name in columns], rows))
