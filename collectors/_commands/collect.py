"""``soc collect``: telemetry in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soc.console import Json, fields, opened, show, t, table

app = typer.Typer(
    help=t("collect.help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Zone = Annotated[str | None, typer.Option(help=t("collect.option_zone"))]


@app.command("list", help=t("collect.list"))
def list_(as_json: Json = False) -> None:
    from collectors._status import listed
    from soc.console import language

    found = listed(language())
    titles = (t("collect.name"), t("collect.label"), t("collect.yields_title"))
    show(found, as_json, lambda: table(titles, (tuple(row.values()) for row in found)))


@app.command("file", help=t("collect.file"))
def file(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help=t("collect.paths"))],
    format: Annotated[str | None, typer.Option("--as", help=t("collect.option_as"))] = None,
    observer: Annotated[str | None, typer.Option(help=t("collect.option_observer"))] = None,
    zone: Zone = None,
    origin: Annotated[str, typer.Option(help=t("collect.option_origin"))] = "imported",
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    named = {"observer": observer, "zone": zone, "origin": origin, "format": format}
    outcome = context.jobs.run("collect", {"paths": paths, **named}, context)
    refusals = outcome.value["refusals"]
    figures = {name: value for name, value in outcome.value.items() if name != "refusals"}
    show(
        figures, as_json, lambda: fields({t(f"collect.figure.{k}"): v for k, v in figures.items()})
    )
    _complain([*refusals, *outcome.errors], failed=bool(outcome.errors))


def _complain(lines: list[str], *, failed: bool) -> None:
    from soc.errors import InputError

    for line in lines:
        typer.echo(f"soc: {line}", err=True)
    if failed:
        raise typer.Exit(InputError.exit_code)


@app.command("run", help=t("collect.run"))
def run(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("collect.run_name"))],
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    found = context.jobs.run("collect run", {"name": name}, context).value
    show(found, as_json, lambda: fields({t(f"collect.figure.{k}"): v for k, v in found.items()}))


@app.command("status", help=t("collect.status"))
def status(ctx: typer.Context, as_json: Json = False) -> None:
    from collectors._status import statuses

    found = statuses(opened(ctx))
    titles = [t(f"collect.column.{name}") for name in (found[0] if found else ())]
    show(found, as_json, lambda: table(titles, (tuple(row.values()) for row in found)))


@app.command("dissect", help=t("collect.dissect"))
def dissect(
    path: Annotated[Path, typer.Argument(help=t("collect.capture"))],
    packet: Annotated[list[int], typer.Option(min=1, help=t("collect.option_packet"))],
    as_json: Json = False,
) -> None:
    from collectors._dissect import dissect

    by, packets = dissect(path, packet)
    value = {
        "by": by,
        "packets": [
            {"number": p.number, "layers": [{"name": y.name, **dict(y.fields)} for y in p.layers]}
            for p in packets
        ],
    }
    rows = [(p.number, y.name, n, told) for p in packets for y in p.layers for n, told in y.fields]
    show(value, as_json, lambda: table([t(f"collect.dissected.{n}") for n in range(4)], rows))
