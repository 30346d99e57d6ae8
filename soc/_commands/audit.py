"""``soc audit``: the hash-chained log of every change."""

from __future__ import annotations

from typing import Annotated

import typer

from soc.console import Json, opened, say, show, t, table

app = typer.Typer(
    help=t("commands.audit"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("verify", help=t("audit.verify"))
def verify(ctx: typer.Context, as_json: Json = False) -> None:
    verdict = opened(ctx).store.audit.verify()
    line, why = verdict.broken or (None, None)
    value = {"ok": verdict.ok, "lines": verdict.lines, "broken": line, "reason": why}
    told = t("audit.whole", lines=verdict.lines) if verdict.ok else t("audit.broken", **value)
    show(value, as_json, lambda: say(told))
    if not verdict.ok:
        raise typer.Exit(1)


@app.command("list", help=t("audit.list"))
def list_entries(
    ctx: typer.Context,
    last: Annotated[int, typer.Option(min=1, help=t("audit.last"))] = 20,
    as_json: Json = False,
) -> None:
    entries = [dict(entry) for entry in opened(ctx).store.audit.entries()][-last:]
    names = ("seq", "at", "login", "through", "action", "kind", "id", "reason")
    rows = [[entry.get(name) for name in names] for entry in entries]
    show(entries, as_json, lambda: table([t(f"audit.{name}") for name in names], rows))
