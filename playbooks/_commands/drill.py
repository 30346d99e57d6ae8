"""``soc drill``: register, log, timeline, times and report of attack-defence drills."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, language, opened, say, show, t, table

if TYPE_CHECKING:
    from soc.records.drill import Drill

app = typer.Typer(
    help=t("commands.drill"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Named = Annotated[str, typer.Argument(help=t("drill.named"))]
Listed = list[str] | None


@app.command("new", help=t("drill.new"))
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("drill.name"))],
    start: Annotated[str, typer.Option("--from", help=t("drill.from_option"))],
    end: Annotated[str | None, typer.Option("--to", help=t("drill.to_option"))] = None,
    organiser: Annotated[str | None, typer.Option(help=t("drill.organiser_option"))] = None,
    role: Annotated[str | None, typer.Option(help=t("drill.role_option"))] = None,
    level: Annotated[str | None, typer.Option(help=t("drill.level_option"))] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=t("drill.kind_option"))] = None,
    unit: Annotated[Listed, typer.Option(help=t("drill.unit_option"))] = None,
    target: Annotated[Listed, typer.Option(help=t("drill.target_option"))] = None,
    attack_source: Annotated[Listed, typer.Option(help=t("drill.source_option"))] = None,
    protected: Annotated[Listed, typer.Option(help=t("drill.protected_option"))] = None,
    post: Annotated[Listed, typer.Option(help=t("drill.post_option"))] = None,
    origin: Annotated[str, typer.Option(help=t("drill.origin_option"))] = "live",
    as_json: Json = False,
) -> None:
    from playbooks import drill
    from playbooks._drill_params import Registration

    asked = Registration(
        name,
        start,
        end,
        organiser,
        role,
        level,
        kind,
        units=unit or (),
        targets=target or (),
        attack_sources=attack_source or (),
        protected=protected or (),
        posts=post or (),
        origin=origin,
    )
    _shown(ctx, drill.new(opened(ctx), asked), as_json)


def _shown(ctx: typer.Context, found: Drill, as_json: bool) -> None:
    from playbooks._drill_view import view
    from playbooks.drill import standing

    value = view(found, standing(found, opened(ctx).clock.now()))
    show(value, as_json, lambda: _fields(value))


def _fields(value: dict[str, Any]) -> None:
    from playbooks._drill_view import register_told

    fields(register_told(value, language()))


@app.command("list", help=t("drill.list"))
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    from playbooks import drill
    from playbooks._drill_view import COLUMNS, row, view

    context = opened(ctx)
    found = [(d, drill.standing(d, context.clock.now())) for d in drill.listed(context)]
    rows = [row(*each, context.calendar.zone, language()) for each in found]
    titles = [t(f"drill.{name}") for name in COLUMNS]
    show([view(*each) for each in found], as_json, lambda: table(titles, rows))


@app.command("show", help=t("drill.show"))
def show_(ctx: typer.Context, name: Named, as_json: Json = False) -> None:
    from playbooks import drill
    from playbooks._drill_view import details, numbers_told, register_told, view

    context = opened(ctx)
    found = drill.find(context, name)
    state, asked = drill.standing(found, context.clock.now()), drill.asked(context, found)
    known = register_told(view(found, state), language())
    told = {**known, **numbers_told(asked, language())}
    show(details(found, state, asked), as_json, lambda: fields(told))


@app.command("log", help=t("drill.log"))
def log(
    ctx: typer.Context,
    name: Named,
    text: Annotated[str, typer.Argument(help=t("drill.text"))],
    at: Annotated[str | None, typer.Option(help=t("drill.at_option"))] = None,
    stage: Annotated[str | None, typer.Option(help=t("drill.stage_option"))] = None,
    evidence: Annotated[list[Path] | None, typer.Option(help=t("drill.evidence_option"))] = None,
    as_json: Json = False,
) -> None:
    from playbooks import drill
    from playbooks._drill_view import entry_view

    context = opened(ctx)
    found = drill.find(context, name)
    value = entry_view(drill.log(context, found, text, at=at, stage=stage, files=evidence or ()))
    show(value, as_json, lambda: _fields(value))


@app.command("timeline", help=t("drill.timeline"))
def timeline(ctx: typer.Context, name: Named, as_json: Json = False) -> None:
    from playbooks import drill
    from playbooks._drill_view import moments, told

    context = opened(ctx)
    found = drill.timeline(context, drill.find(context, name))
    zone = context.calendar.zone
    rows = [[f"{m.at.astimezone(zone):%m-%d %H:%M:%S}", *told(m, language()), m.by] for m in found]
    titles = [t(f"drill.{each}") for each in ("at", "what", "text", "by")]
    show(moments(found), as_json, lambda: table(titles, rows))


@app.command("check", help=t("drill.check"))
def check(ctx: typer.Context, name: Named, as_json: Json = False) -> None:
    from playbooks import drill

    context = opened(ctx)
    found = drill.check(context, drill.find(context, name))
    lacks = [{"what": e.what, "record": e.record, "detail": e.detail} for e in found]
    show({"ok": not lacks, "lacks": lacks}, as_json, lambda: _checked(lacks))
    if lacks:
        raise typer.Exit(1)


def _checked(lacks: list[dict[str, str]]) -> None:
    if not lacks:
        say(t("drill.complete"))
    for each in lacks:
        say(f"{t('drill.lack.' + each['what'])} {each['detail']} ({each['record']})")


@app.command("close", help=t("drill.close"))
def close(
    ctx: typer.Context,
    name: Named,
    reason: Annotated[str, typer.Option("--reason", help=t("drill.reason"))] = "",
    as_json: Json = False,
) -> None:
    from playbooks import drill

    context = opened(ctx)
    _shown(ctx, drill.close(context, drill.find(context, name), reason), as_json)


@app.command("report", help=t("drill.report"))
def report(
    ctx: typer.Context,
    name: Named,
    out: Annotated[Path | None, typer.Option("--out", help=t("report.help_out"))] = None,
    formats: Annotated[Listed, typer.Option("--format", help=t("report.help_format"))] = None,
    unit: Annotated[str | None, typer.Option("--unit", help=t("report.help_unit"))] = None,
    as_json: Json = False,
) -> None:
    from playbooks import drill

    context = opened(ctx)
    given = {"drill": drill.find(context, name).id, "out": out, "formats": formats, "unit": unit}
    params = {key: value for key, value in given.items() if value}
    made = context.jobs.run("report drill", params, context).value
    show(dict(made), as_json, lambda: _files(made))


def _files(made: Any) -> None:
    for file in made["files"]:
        say(f"{file['path']}  sha256 {file['sha256']}")
