"""``soc block``: proposals, approvals and blocklists."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, opened, say, show, t, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soc.records.block import Block

app = typer.Typer(
    help=t("commands.block"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Names = Annotated[list[str], typer.Argument(help=t("block.names"))]
Reason = Annotated[str, typer.Option("--reason", help=t("block.reason"))]


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
        say(t("block.refused", **line))
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


@app.command("export", help=t("block.export"))
def export(
    ctx: typer.Context,
    formats: Annotated[list[str] | None, typer.Option("--format", help=t("block.format"))] = None,
    out: Annotated[Path | None, typer.Option(help=t("block.out"))] = None,
    as_of: Annotated[datetime | None, typer.Option(help=t("block.as_of"))] = None,
    allow_shrink: Annotated[bool, typer.Option("--allow-shrink", help=t("block.shrink"))] = False,
    as_json: Json = False,
) -> None:
    context = opened(ctx)
    params = {"formats": formats or (), "out": out, "allow_shrink": allow_shrink}
    moment = as_of.replace(tzinfo=as_of.tzinfo or context.calendar.zone) if as_of else None
    outcome = context.jobs.run("block export", params | {"as_of": moment}, context)
    show(dict(outcome.value), as_json, lambda: _told_export(outcome.value))


def _told_export(value: Any) -> None:
    say(t("block.exported", version=value["version"], blocks=value["blocks"]))
    for line in value["removed"]:
        say(t("block.refused", **line))
    for line in value["lists"]:
        say(t("block.file", **line))


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
