"""``soc scan``: measure what stands in the authorised scope."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, notice, opened, say, show, t, table

if TYPE_CHECKING:
    from soc.context import Context

app = typer.Typer(help=t("commands.scan"), no_args_is_help=True, rich_markup_mode=None)
Targets = Annotated[list[str] | None, typer.Argument(help=t("scan.targets"))]
Ports = Annotated[str, typer.Option(help=t("scan.ports"))]


@app.command("plan", help=t("scan.plan"))
def plan(
    ctx: typer.Context, targets: Targets = None, ports: Ports = "", as_json: Json = False
) -> None:
    value = _planned(opened(ctx), targets or [], ports)
    pairs = {t(f"scan.{key}"): told for key, told in value.items() if key != "targets"}
    show(value, as_json, lambda: fields(pairs))


def _planned(context: Context, targets: list[str], ports: str) -> dict[str, Any]:
    from scanners._nmap_command import count
    from scanners._plan import planned
    from scanners.nmap import Settings

    settings = context.config.plugin("scanners.nmap", Settings)
    found = planned(targets, context)
    probed = count(ports or settings.ports)
    return {
        "targets": [str(target.network) for target in found.targets],
        "outside": list(found.outside),
        "hosts": found.hosts,
        "probes": probed,
        "max_rate": settings.max_rate,
        "seconds": round(found.seconds(probed, settings.max_rate), 1),
    }


@app.command("run", help=t("scan.run"))
def run(
    ctx: typer.Context, targets: Targets = None, ports: Ports = "", as_json: Json = False
) -> None:
    context = opened(ctx)
    params = {"targets": tuple(targets or ()), "ports": ports}
    outcome = context.jobs.run("scan", params, context)
    told = outcome.value
    show(told, as_json, lambda: say(t("scan.ran", **told)))


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
