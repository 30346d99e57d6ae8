"""``soc block``: proposals, approvals and blocklists."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, language, opened, say, show, t, table
from soc.text import label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soc.records.block import Block

app = typer.Typer(
    help=t("commands.block"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Names = Annotated[list[str], typer.Argument(help=t("block.names"))]
Reason = Annotated[str, typer.Option("--reason", help=t("block.reason"))]


def _guarded(line: dict[str, Any]) -> dict[str, Any]:
    """The line with the guard as people call it."""
    from soc.scope import guard_label

    return {**line, "guard": guard_label(line["guard"], language())}


@app.command("propose", help=t("block.propose"))
def propose(
    ctx: typer.Context,
    networks: Annotated[list[str] | None, typer.Argument(help=t("block.networks"))] = None,
    alert: Annotated[list[str] | None, typer.Option(help=t("block.alert"))] = None,
    category: Annotated[str | None, typer.Option(help=t("block.category"))] = None,
    min_severity: Annotated[str | None, typer.Option(help=t("block.min_severity"))] = None,
    days: Annotated[int | None, typer.Option(min=1, help=t("block.days"))] = None,
    as_json: Json = False,
) -> None:
    params: dict[str, Any] = {"networks": networks or (), "alerts": alert or (), "days": days}
    params |= {"category": category, "min_severity": min_severity}
    context = opened(ctx)
    outcome = context.jobs.run("block propose", params, context)
    show(dict(outcome.value), as_json, lambda: _told_proposal(outcome.value))


def _told_proposal(value: Any) -> None:
    titles = [t(f"block.{name}") for name in ("no", "network", "expires_at")]
    rows = [[line["no"], line["network"], line["expires_at"]] for line in value["proposed"]]
    table(titles, rows, caption=t("block.proposed", count=len(rows)))
    for line in value["refused"]:
        say(t("block.refused", **_guarded(line)))
    for line in value["skipped"]:
        say(t("block.skipped", address=line["address"], why=t(f"block.skip.{line['why']}")))


@app.command("approve", help=t("block.approve"))
def approve(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help=t("block.names"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=t("block.all"))] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    from playbooks import block

    context = opened(ctx)
    wanted = block.waiting(context) if everything else names or []
    _show(ctx, block.approve(context, wanted, reason), as_json)


@app.command("reject", help=t("block.reject"))
def reject(ctx: typer.Context, names: Names, reason: Reason = "", as_json: Json = False) -> None:
    from playbooks import block

    _show(ctx, block.reject(opened(ctx), names, reason), as_json)


@app.command("release", help=t("block.release"))
def release(
    ctx: typer.Context,
    names: Names,
    reason: Reason = "",
    misblock: Annotated[bool, typer.Option("--misblock", help=t("block.misblock"))] = False,
    as_json: Json = False,
) -> None:
    from playbooks import block

    _show(ctx, block.release(opened(ctx), names, reason, is_misblock=misblock), as_json)


@app.command("list", help=t("block.list"))
def list_blocks(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option(help=t("block.state"))] = None,
    as_json: Json = False,
) -> None:
    from playbooks import block

    _show(ctx, block.blocks(opened(ctx), state), as_json)


@app.command("show", help=t("block.show"))
def show_block(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("block.names"))],
    as_json: Json = False,
) -> None:
    from playbooks import block
    from playbooks._block_view import view

    value = view(block.found(opened(ctx), [name])[0])
    show(value, as_json, lambda: fields(value))


Formats = Annotated[list[str] | None, typer.Option("--format", help=t("block.format"))]
Out = Annotated[Path | None, typer.Option(help=t("block.out"))]
Shrink = Annotated[bool, typer.Option("--allow-shrink", help=t("block.shrink"))]
Growth = Annotated[bool, typer.Option("--allow-growth", help=t("block.growth"))]


@app.command("export", help=t("block.export"))
def export(
    ctx: typer.Context,
    formats: Formats = None,
    out: Out = None,
    as_of: Annotated[datetime | None, typer.Option(help=t("block.as_of"))] = None,
    allow_shrink: Shrink = False,
    allow_growth: Growth = False,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    params: dict[str, Any] = {"formats": formats or (), "out": out, "allow_shrink": allow_shrink}
    moment = as_of.replace(tzinfo=as_of.tzinfo or context.calendar.zone) if as_of else None
    params |= {"as_of": moment, "allow_growth": allow_growth}
    outcome = context.jobs.run("block export", params, context)
    show(dict(outcome.value), as_json, lambda: _told_export(outcome.value))


@app.command("publish", help=t("block.publish"))
def publish(
    ctx: typer.Context,
    formats: Formats = None,
    out: Out = None,
    allow_shrink: Shrink = False,
    allow_growth: Growth = False,
    as_json: Json = False,
) -> None:
    params: dict[str, Any] = {"formats": formats or (), "out": out}
    params |= {"allow_shrink": allow_shrink, "allow_growth": allow_growth}
    context = opened(ctx)
    outcome = context.jobs.run("block publish", params, context)
    show(dict(outcome.value), as_json, lambda: _told_export(outcome.value))


@app.command("rollback", help=t("block.rollback"))
def rollback(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help=t("block.reason"))],
    version: Annotated[int | None, typer.Argument(help=t("block.version"))] = None,
    formats: Formats = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    params = {"version": version, "reason": reason, "formats": formats or (), "out": out}
    context = opened(ctx)
    outcome = context.jobs.run("block rollback", params, context)
    show(dict(outcome.value), as_json, lambda: _told_rollback(outcome.value))


@app.command("first", help=t("block.first"))
def first(
    ctx: typer.Context,
    names: Names,
    why: Annotated[str, typer.Option("--for", help=t("block.occasion"))],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    from playbooks import block
    from playbooks._block_view import view

    context = opened(ctx)
    blocks = [view(each) for each in block.first(context, names, why, reason)]
    done = context.jobs.run("block publish", {}, context).value
    value = {"blocks": blocks, "version": done["version"], "lists": done["lists"]}
    show(value, as_json, lambda: _told_first(value, done))


@app.command("import", help=t("block.import"))
def import_blocks(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=t("block.import_file"))],
    device: Annotated[str, typer.Option(help=t("block.device"))],
    days: Annotated[int | None, typer.Option(min=1, help=t("block.days_there"))] = None,
    as_json: Json = False,
) -> None:
    from playbooks import block

    value = block.import_blocks(opened(ctx), file, device, days)
    show(value, as_json, lambda: _told_import(value))


@app.command("verify", help=t("block.verify"))
def verify(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Option("--out", help=t("block.out"))] = None,
    sample: Annotated[int, typer.Option(min=1, max=200, help=t("block.sample"))] = 20,
    as_json: Json = False,
) -> None:
    from playbooks import block

    value = block.verify(opened(ctx), folder, sample)
    show(value, as_json, lambda: _told_verdict(value))
    raise typer.Exit(0 if value["ok"] else 1)


def _told_export(value: Any) -> None:
    say(t("block.exported", version=value["version"], blocks=value["blocks"]))
    for line in value["removed"]:
        say(t("block.refused", **_guarded(line)))
    for line in value["lapsed"]:
        say(t("block.let_go", **line))
    if value["waiting"]:
        say(t("block.waits", count=len(value["waiting"])))
    for line in value["lists"]:
        say(t("block.file", **line))
        if line["clamped"]:
            say(t("block.clamped", **line))


def _told_rollback(value: Any) -> None:
    say(t("block.restored", version=value["version"], restored=value["restored"]))
    for line in value["rolled_back"]:
        say(t("block.taken_back", **line))
    for found in value["left_out"]:
        say(t("block.left_out", network=found))
    _told_export(value)


def _told_first(value: Any, done: Any) -> None:
    for line in value["blocks"]:
        say(t("block.in_force", **line))
    _told_export(done)


def _told_import(value: Any) -> None:
    say(t("block.imported", **value))
    for found in value["stale"]:
        say(t("block.stale", network=found))
    for line in value["warnings"]:
        say(t("block.misblocked", **_guarded(line)))
    for line in value["errors"]:
        say(t("block.unread", **line))


def _told_verdict(value: Any) -> None:
    for line in value["lists"]:
        say(t("block.held" if line["ok"] else "block.not_held", **line))
        if line["why"]:
            say("  " + label(f"block.why.{line['why']}", language()))
        for found in line["leaked"]:
            say(t("block.leaked", network=found))
        for found in line["stopped"]:
            say(t("block.stopped", network=found))


def _show(ctx: typer.Context, blocks: Iterable[Block], as_json: bool) -> None:
    from playbooks._block_view import COLUMNS, row, view

    blocks = list(blocks)
    rows = [row(block, opened(ctx).calendar.zone) for block in blocks]
    told = [[*map(_state, line.items())] for line in rows]
    titles = [t(f"block.{name}") for name in COLUMNS]
    show([view(block) for block in blocks], as_json, lambda: table(titles, told))


def _state(cell: tuple[str, str]) -> str:
    name, value = cell
    return t(f"block.states.{value}") if name == "state" else value
