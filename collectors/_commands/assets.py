"""``soc assets``: the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from soc.console import Json, fields, opened, say, show, t, table

app = typer.Typer(
    help=t("assets.help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Zone = Annotated[str | None, typer.Option(help=t("assets.option_zone"))]


@app.command("import", help=t("assets.import"))
def import_(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help=t("assets.paths"))],
    zone: Zone = None,
    unit: Annotated[str | None, typer.Option(help=t("assets.option_unit"))] = None,
    origin: Annotated[str, typer.Option(help=t("assets.option_origin"))] = "imported",
    rejects: Annotated[Path | None, typer.Option(help=t("assets.option_rejects"))] = None,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    params: dict[str, Any] = {"paths": paths, "zone": zone, "unit": unit, "origin": origin}
    params["rejects"] = rejects
    outcome = context.jobs.run("import ledger", params, context)
    show(outcome.value, as_json, lambda: _tell(dict(outcome.value)))
    _complain(outcome.errors)


def _complain(lines: Iterable[str]) -> None:
    """Files that could not be read, and the exit code for them."""
    for line in lines:
        typer.echo(f"soc: {line}", err=True)
    if lines:
        from soc.errors import InputError

        raise typer.Exit(InputError.exit_code)


def _tell(value: dict[str, Any]) -> None:
    """Figures first, then what a person must look at, one line each."""
    if value["import"]:
        say(t("assets.imported", number=value["import"]))
    fields({t(f"assets.figure.{name}"): n for name, n in value.items() if isinstance(n, int)})
    for name in ("errors", "notes"):
        for line in value[name]:
            place = f"{line['file']}{'#' + line['sheet'] if line['sheet'] else ''}:{line['row']}"
            column = f" {line['column']}" if line["column"] else ""
            said = f" {line['value']!r}" if line["value"] else ""
            code, facts = line.get("code"), line.get("facts", {})
            remedy = t(f"ledger.remedy.{code}", **facts) if code else line["remedy"]
            say(f"{t(f'assets.{name}')} {place}{column}{said}: {remedy}")
    for conflict in value["conflicts"]:
        say(t("assets.conflict", address=conflict["address"], units=", ".join(conflict["units"])))
    for merge in value["merges"]:
        say(_suggested(merge))


def _suggested(merge: dict[str, Any]) -> str:
    assets = "、".join(f"{a['id']} ({', '.join(a['addresses'])})" for a in merge["assets"])
    return t("assets.merge_line", unit=merge["unit"], system=merge["system"], assets=assets)


@app.command("list", help=t("assets.list"))
def list_(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option(help=t("assets.option_of_unit"))] = None,
    zone: Annotated[str | None, typer.Option(help=t("assets.option_in_zone"))] = None,
    name: Annotated[str | None, typer.Option(help=t("assets.option_name"))] = None,
    as_json: Json = False,
) -> None:
    from collectors._registry import assets

    found = assets(opened(ctx), unit=unit, zone=zone, name=name)
    columns = ("id", "name", "type", "state", "unit", "endpoints")
    titles = [t(f"assets.column.{column}") for column in columns]
    rows = ([*(r[c] for c in columns[:-1]), "、".join(r["endpoints"])] for r in found)
    show(found, as_json, lambda: table(titles, rows))


@app.command("show", help=t("assets.show"))
def show_(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(help=t("assets.id"))],
    as_json: Json = False,
) -> None:
    from collectors._registry import asset

    found = asset(opened(ctx), id)
    show(found, as_json, lambda: fields({k: v for k, v in found.items() if v not in (None, ())}))


@app.command("who", help=t("assets.who"))
def who(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help=t("assets.address"))],
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    from collectors._registry import who as asked

    found = asked(opened(ctx), address, zone)
    named = {t(f"assets.who_field.{name}"): value for name, value in found.items() if value}
    show(found, as_json, lambda: _tell_owner(named, found))


def _tell_owner(named: dict[str, Any], found: dict[str, Any]) -> None:
    if not found["found"]:
        say(t("assets.nobody"))
        return
    fields({k: v for k, v in named.items() if not isinstance(v, list)})
    if found["disputed"]:
        say(t("assets.disputed"))
        columns = ("unit_name", "asset_name", "system_name")
        titles = [t(f"assets.who_field.{column}") for column in columns]
        table(titles, ([claim[c] for c in columns] for claim in found["claims"]))


@app.command("diff", help=t("assets.diff"))
def diff(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help=t("assets.paths"))],
    zone: Zone = None,
    unit: Annotated[str | None, typer.Option(help=t("assets.option_unit"))] = None,
    as_json: Json = False,
) -> None:
    from collectors._ledger_diff import preview
    from collectors.ledger import Settings

    settings = Settings(paths=tuple(paths), zone=zone, unit=unit)
    found = preview(settings, opened(ctx), unit)
    show(found, as_json, lambda: _tell_diff(found))
    _complain(found["unread"])


def _tell_diff(found: dict[str, Any]) -> None:
    """What is new, what changes field by field, what is lacking, what contradicts."""
    figures = {n: len(found[n]) for n in ("added", "changed", "missing")}
    figures = {"rows": found["rows"], **figures, "refused": found["refused"]}
    fields({t(f"assets.figure.{name}"): count for name, count in figures.items()})
    for name in ("added", "changed", "missing"):
        for line in found[name]:
            say(f"{t(f'assets.figure.{name}')} {line['kind']} {line['name']} ({line['id']})")
            for part in line.get("fields", ()):
                say(f"    {part['field']}: {part['before']} → {part['after']}")
    for conflict in found["conflicts"]:
        say(t("assets.conflict", address=conflict["address"], units=", ".join(conflict["units"])))


@app.command("undo", help=t("assets.undo"))
def undo(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(help=t("assets.option_reason"))],
    number: Annotated[str | None, typer.Argument(metavar="IMPORT", help=t("assets.number"))] = None,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    params = {"number": number, "reason": reason}
    value = dict(context.jobs.run("undo ledger", params, context).value)
    show(value, as_json, lambda: _tell_undo(value))


def _tell_undo(value: dict[str, Any]) -> None:
    say(t("assets.undone", number=value["import"]))
    fields({t(f"assets.figure.{name}"): value[name] for name in ("withdrawn", "restored")})
    for line in value["left"]:
        name = f"{line['kind']} {line['name']} ({line['id']})"
        say(t(f"assets.left_{line['why']}", name=name, login=line["login"]))


@app.command("conflicts", help=t("assets.conflicts"))
def conflicts(ctx: typer.Context, as_json: Json = False) -> None:
    from collectors._registry import conflicts as standing

    found = standing(opened(ctx))
    columns = ("zone", "address", "port", "since")
    titles = [t(f"assets.column.{column}") for column in (*columns, "units", "claiming")]
    rows = ([*(c[n] for n in columns), _names(c["units"]), _names(c["assets"])] for c in found)
    show(found, as_json, lambda: table(titles, rows))


@app.command("duplicates", help=t("assets.duplicates"))
def duplicates(ctx: typer.Context, as_json: Json = False) -> None:
    from collectors._ledger_merge import standing

    found = standing(opened(ctx))
    columns = ("unit", "system", "zone", "name", "addresses", "id")
    titles = [t(f"assets.column.{column}") for column in columns]
    rows = [
        [each["unit"], each["system"], each["zone"], a["name"], "、".join(a["addresses"]), a["id"]]
        for each in found
        for a in each["assets"]
    ]
    show(found, as_json, lambda: table(titles, rows))


@app.command("merge", help=t("assets.merge"))
def merge(
    ctx: typer.Context,
    keep: Annotated[str, typer.Argument(help=t("assets.keep"))],
    others: Annotated[list[str], typer.Argument(help=t("assets.others"))],
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    value = context.jobs.run("merge assets", {"keep": keep, "others": others}, context).value
    line = t("assets.merged", kept=value["kept"], number=value["import"])
    show(value, as_json, lambda: say(line))


def _names(parts: Iterable[dict[str, Any]]) -> str:
    return "、".join(part["name"] or part["id"] for part in parts)


@app.command("export", help=t("assets.export"))
def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help=t("assets.option_out"))],
    unit: Annotated[str | None, typer.Option(help=t("assets.option_of_unit"))] = None,
    personal: Annotated[bool, typer.Option("--personal", help=t("assets.option_personal"))] = False,
    as_json: Json = False,
) -> None:
    from collectors._ledger_export import export as written
    from collectors._registry import unit_id

    context = opened(ctx)
    value = written(context, out, unit_id(context, unit), personal)
    show(value, as_json, lambda: say(t("assets.exported", out=value["out"], rows=value["rows"])))
