"""``soc schedule``: what runs when."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from soc.console import Json, opened, opening, say, show, t, table

if TYPE_CHECKING:
    from soc.context import Context
    from soc.jobs import Outcome
    from soc.schedule import Entry

app = typer.Typer(
    help=t("commands.schedule"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("show", help=t("schedule.show"))
def show_plan(ctx: typer.Context, as_json: Json = False) -> None:
    context = opened(ctx)
    rows = [_row(entry, context) for entry in _plan(context)]
    titles = [t(f"schedule.{name}") for name in ("job", "when", "last", "next", "state")]
    shown = [(*tuple(row.values())[:-1], t(f"schedule.is.{row['state']}")) for row in rows]
    show(rows, as_json, lambda: table(titles, shown))


def _row(entry: Entry, context: Context) -> dict[str, Any]:
    from soc.schedule import last_run, next_run, state

    last, now = last_run(entry.job, context), context.clock.now()
    zone = ZoneInfo(context.config.site.time_zone)
    return {
        "job": entry.job,
        "when": entry.text,
        "last": last.astimezone(zone).isoformat(timespec="seconds") if last else None,
        "next": next_run(entry, zone, now).isoformat(timespec="seconds"),
        "state": state(entry, last, zone, now),
    }


def _plan(context: Context) -> list[Entry]:
    from soc.schedule import idle, plan

    config = context.config
    names = context.jobs.names()
    return plan(config.schedule, names, place=config.place, without=idle(config))


@app.command("now", help=t("schedule.now"))
def now(
    ctx: typer.Context,
    job: Annotated[str, typer.Argument(help=t("schedule.job"))],
    due: Annotated[bool, typer.Option("--due", help=t("schedule.due"))] = False,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    outcome = _run_due(job, context) if due else context.jobs.run(job, {}, context)
    value = {"job": job, "result": outcome.result, "counts": dict(outcome.counts)}
    show(value, as_json, lambda: say(t("schedule.ran", job=job, result=outcome.result)))
    if outcome.result == "failed":
        raise typer.Exit(1)


def _run_due(job: str, context: Context) -> Outcome:
    from soc.schedule import entry_of, run_due, watch

    entries = _plan(context)
    entry = entry_of(entries, job, place=context.config.place)
    watch(entries, context)
    return run_due(entry, ZoneInfo(context.config.site.time_zone), context)


@app.command("run", help=t("schedule.run"))
def run_plan(ctx: typer.Context) -> None:
    from soc.schedule import run

    context = opened(ctx)
    entries = _plan(context)
    say(t("schedule.running", count=len(entries)))
    run(entries, ZoneInfo(context.config.site.time_zone), lambda: opening(ctx, "schedule"))


def _program(settings: Path | None) -> str:
    """The command that is running, by its whole path, with the settings that it read.

    Cron and systemd know neither our search path nor our folder and environment.
    """
    called = Path(sys.argv[0])
    program = str(called.absolute()) if called.name == "soc" else shutil.which("soc") or "soc"
    return shlex.join([program, "--config", str(settings.absolute())] if settings else [program])


@app.command("cron", help=t("schedule.cron"))
def cron(ctx: typer.Context, as_json: Json = False) -> None:
    from soc.schedule import cron_lines

    context = opened(ctx)
    program = _program(context.config.path)
    lines = cron_lines(_plan(context), context.config.site.time_zone, program)
    show(lines, as_json, lambda: say("\n".join(lines)))


@app.command("systemd", help=t("schedule.systemd"))
def systemd(ctx: typer.Context, as_json: Json = False) -> None:
    from soc.schedule import systemd_units

    context = opened(ctx)
    program = _program(context.config.path)
    units = systemd_units(_plan(context), context.config.site.time_zone, program)
    text = "\n\n".join(f"# {name}\n{content}" for name, content in units.items())
    show(units, as_json, lambda: say(text))
