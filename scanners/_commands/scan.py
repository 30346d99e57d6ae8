"""``soc scan``: measure what stands in the authorised scope."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, language, notice, opened, say, show, t, table
from soc.text import label

if TYPE_CHECKING:
    from soc.context import Context

app = typer.Typer(
    help=t("commands.scan"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
Targets = Annotated[list[str] | None, typer.Argument(help=t("scan.targets"))]
Ports = Annotated[str, typer.Option(help=t("scan.ports"))]
Standing = Annotated[str, typer.Option("--plan", help=t("scan.plan_option"))]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=t("scan.date_option"))]
RunId = Annotated[str, typer.Argument(help=t("scan.run_named"))]


@app.command("plan", help=t("scan.plan"))
def plan(
    ctx: typer.Context,
    targets: Targets = None,
    standing: Standing = "",
    date: Day = None,
    ports: Ports = "",
    as_json: Json = False,
) -> None:
    value = _planned(opened(ctx), targets or [], standing, date, ports)
    show(value, as_json, lambda: _tell_plan(value))


PLAN_LINES = 40  # of targets and of what is left out; --json has them all


def _tell_plan(value: dict[str, Any]) -> None:
    """Figures, then one line a reason, then one line a target or what is not scanned."""
    fields({t(f"scan.{key}"): value[key] for key in ("hosts", "probes", "max_rate", "seconds")})
    if value["why"]:
        reasons = [[_label("why", key), count] for key, count in value["why"].items()]
        table([t("scan.why"), t("scan.count")], reasons)
    kinds = {"outside": "outside", "excluded": "excluded", "targets": "to_scan"}
    lines = [[t(f"scan.{said}"), each] for kind, said in kinds.items() for each in value[kind]]
    table([t("scan.listed_as"), t("scan.address_title")], lines[:PLAN_LINES])
    if len(lines) > PLAN_LINES:
        say(t("scan.more_lines", count=len(lines) - PLAN_LINES))


def _planned(
    context: Context, targets: list[str], standing: str, date: datetime | None, ports: str
) -> dict[str, Any]:
    from scanners._nmap_command import count
    from scanners._standing import choose
    from scanners.nmap import Settings

    settings = context.config.plugin("scanners.nmap", Settings)
    found = choose(standing, targets, date.date() if date else None, context)
    probed = count(ports or settings.ports)
    return {
        "why": dict(found.why),
        "excluded": list(found.excluded),
        "targets": [str(target.network) for target in found.targets],
        "outside": list(found.outside),
        "hosts": found.hosts,
        "probes": probed,
        "max_rate": settings.max_rate,
        "seconds": round(found.seconds(probed, settings.max_rate), 1),
    }


@app.command("run", help=t("scan.run"))
def run(
    ctx: typer.Context,
    targets: Targets = None,
    standing: Standing = "",
    date: Day = None,
    ports: Ports = "",
    as_json: Json = False,
) -> None:
    from scanners._standing import job

    context = opened(ctx)
    name, params = job(standing, targets or [], date.date() if date else None, ports)
    told = context.jobs.run(name, params, context).value
    show(told, as_json, lambda: _ran(told))


def _ran(told: Any) -> None:
    say(t("scan.ran", **told))
    if told["suspect"]:
        say(t("scan.suspect_line"))


@app.command("list", help=t("scan.list"))
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=t("scan.limit"))] = 20,
    as_json: Json = False,
) -> None:
    from scanners._standing import runs

    found = runs(opened(ctx), limit)
    columns = ("started_at", "plan", "result", "hosts", "up", "unknown", "id")
    titles = [t("scan.plan_title") if name == "plan" else t(f"scan.{name}") for name in columns]
    rows = [[_shown(name, each[name]) for name in columns] for each in found]
    show(found, as_json, lambda: table(titles, rows))


def _shown(name: str, value: Any) -> object:
    if name == "result":
        return label(f"records.state.scan.{value}", language())
    return _label("plan", value) if name == "plan" else value


def _label(kind: str, value: str) -> str:
    return label(f"scan.{kind}_{value}", language()).removeprefix(f"{kind}_")


@app.command("stop", help=t("scan.stop"))
def stop(
    ctx: typer.Context,
    run: Annotated[str | None, typer.Argument(help=t("scan.run_named"))] = None,
    reason: Annotated[str, typer.Option(help=t("scan.stop_reason"))] = "",
    as_json: Json = False,
) -> None:
    from scanners._stop import stop

    value = stop(run, reason, opened(ctx))
    count, named = len(value["stopped"]), " ".join(value["stopped"])
    show(value, as_json, lambda: say(t("scan.stopped", count=count, stopped=named)))


@app.command("resume", help=t("scan.resume"))
def resume(
    ctx: typer.Context,
    run: Annotated[str | None, typer.Argument(help=t("scan.run_named"))] = None,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    told = context.jobs.run("scan resume", {"run": run}, context).value
    show(told, as_json, lambda: _ran(told))


@app.command("trust", help=t("scan.trust"))
def trust(
    ctx: typer.Context,
    run: RunId,
    reason: Annotated[str, typer.Option(help=t("scan.trust_reason"))],
    as_json: Json = False,
) -> None:
    from scanners._trust import trust

    value = trust(run, reason, opened(ctx))
    show(value, as_json, lambda: say(t("scan.trusted", **value)))


@app.command("coverage", help=t("scan.coverage"))
def coverage(
    ctx: typer.Context,
    month: Annotated[str, typer.Option(help=t("scan.month_option"))] = "",
    as_json: Json = False,
) -> None:
    from scanners._coverage import coverage

    value = coverage(month, opened(ctx))
    show(value, as_json, lambda: _coverage(value))


def _coverage(value: dict[str, Any]) -> None:
    networks = value["networks"]
    line = {"month": value["month"], "runs": value["runs"]}
    say(t("scan.coverage_line", **line, swept=networks["done"], networks=networks["planned"]))
    rows = [
        [each["name"] or each["unit"] or "-", *_numbers(each)]
        for each in (*value["units"], {"name": "=", "unit": None, **value["total"]})
    ]
    names = ("unit", "planned", "done", "unknown", "share", "reasons")
    table([t(f"scan.{name}") for name in names], rows)


def _numbers(each: dict[str, Any]) -> list[object]:
    share = "-" if each["coverage"] is None else f"{each['coverage']:.0%}"
    reasons = ", ".join(f"{_label('reason', r)} {n}" for r, n in each["reasons"].items())
    return [each["planned"], each["done"], each["unknown"], share, reasons]


@app.command("diff", help=t("scan.diff"))
def diff(ctx: typer.Context, earlier: RunId, later: RunId, as_json: Json = False) -> None:
    from scanners._diff import diff

    value = diff(earlier, later, opened(ctx))
    show(value, as_json, lambda: _diff(value))


def _diff(value: dict[str, Any]) -> None:
    kinds = ("new", "closed", "changed", "unknown")
    say(t("scan.diff_line", compared=value["compared"], **{k: len(value[k]) for k in kinds}))
    rows = [
        [_label("change", kind), each["address"], each.get("port", ""), _what(each)]
        for kind in kinds
        for each in value[kind]
    ]
    table([t(f"scan.{name}") for name in ("change", "address", "port", "service")], rows)


def _what(each: dict[str, Any]) -> str:
    if "reason" in each:
        return _label("reason", each["reason"])
    sides = (each.get(side) for side in ("before", "after", "service"))
    return " → ".join(" ".join(map(str, side.values())) for side in sides if side is not None)


@app.command("authorize", help=t("scan.authorize"))
def authorize(
    ctx: typer.Context,
    targets: Annotated[list[str], typer.Argument(help=t("scan.targets"))],
    until: Annotated[datetime, typer.Option(help=t("scan.until"))],
    basis: Annotated[str, typer.Option(help=t("scan.basis"))],
    as_json: Json = False,
) -> None:
    from scanners._authorize import authorize

    value = authorize(targets, until, basis, opened(ctx))
    show(value, as_json, lambda: say(t("scan.authorized", **value)))


@app.command("recheck", help=t("scan.recheck"))
def recheck(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help=t("scan.address"))],
    port: Annotated[list[int], typer.Option(min=1, max=65_535, help=t("scan.port"))],
    as_json: Json = False,
) -> None:
    from scanners._plan import planned
    from scanners.nmap import recheck

    context = opened(ctx)
    context.actor.require("scan")
    target = planned([address], context).targets[0]
    states = recheck(target, port)
    value = {"address": address, "ports": {str(number): s for number, s in states.items()}}
    show(value, as_json, lambda: table((t("scan.port"), t("scan.state")), states.items()))


@app.command("import", help=t("scan.import"))
def import_xml(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help=t("scan.file"))],
    as_json: Json = False,
) -> None:
    from scanners._import import import_xml

    value = import_xml(path, opened(ctx))
    show(value, as_json, lambda: say(t("scan.imported", **value)))
    _complain(value["errors"])


def _complain(lines: list[str]) -> None:
    from soc.errors import InputError

    for line in lines:
        notice(f"soc: {line}")
    if lines:
        raise typer.Exit(InputError.exit_code)
