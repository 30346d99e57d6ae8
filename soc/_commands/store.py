"""``soc store``: the event log and the records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc._commands import _store_migrate, _store_ship
from soc.console import Json, configured, fields, opened, say, show, t, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soc.store import DatasetStatus

app = typer.Typer(
    help=t("commands.store"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


app.command("ship", help=t("ship.ship"))(_store_ship.ship)
app.command("migrate", help=t("migrate.migrate"))(_store_migrate.migrate)
app.add_typer(_store_ship.letters, name="letters")


@app.command("status", help=t("store.status"))
def status(ctx: typer.Context, as_json: Json = False) -> None:
    from soc.store.ship import status as shipping

    context = opened(ctx)
    datasets = [_row(dataset) for dataset in context.store.log.status()]
    value: dict[str, Any] = {
        "engine": context.engine.name,
        "home": str(context.store.home),
        "origin": context.store.log.origin,
        "datasets": datasets,
        "ship": shipping(context),
    }
    names = ("name", "rows", "version", "files", "bytes", "oldest", "newest")
    rows = [[dataset[name] for name in names] for dataset in datasets]

    def told() -> None:
        table([t(f"store.{name}") for name in names], rows)
        fields(_store_ship.status_rows(value["ship"]))

    show(value, as_json, told)


def _row(status: DatasetStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "rows": status.rows,
        "version": status.version,
        "files": status.files,
        "bytes": status.bytes,
        "oldest": status.oldest.isoformat() if status.oldest else None,
        "newest": status.newest.isoformat() if status.newest else None,
    }


@app.command("setup", help=t("elastic.setup"))
def setup(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("elastic.dry_run"))] = False,
    as_json: Json = False,
) -> None:
    from soc.store.elastic import set_up

    found = set_up(configured(ctx), os.environ, dry_run=dry_run)
    show(found, as_json, lambda: _told(found))


def _told(found: Mapping[str, Any]) -> None:
    """What stands, what was or would be made, and who deletes what is old."""
    say(t("elastic.server", version=found["server"], java=found["java"]))
    say(t(f"elastic.lifecycle_{found['lifecycle']}"))
    names = [t(f"elastic.{name}") for name in ("part", "verdict", "changes")]
    parts = [one for one in found["parts"] if one["verdict"] != "same"]
    rows = [[o["name"], t(f"elastic.{o['verdict']}"), "\n".join(o["changes"])] for o in parts]
    if rows:
        table(names, rows)
    for stream in found["rolled_over"]:
        say(t("elastic.rolled_over", stream=stream))
    done = "planned" if found["dry_run"] else "done"
    say(t(f"elastic.{done}", changed=len(rows), same=len(found["parts"]) - len(rows)))


@app.command("compact", help=t("store.compact"))
def compact(
    ctx: typer.Context,
    datasets: Annotated[list[str] | None, typer.Argument(help=t("store.datasets"))] = None,
    as_json: Json = False,
) -> None:
    log = opened(ctx).store.log
    merged = {name: log.compact(name) for name in datasets or _filled(log.status())}
    show(merged, as_json, lambda: table((t("store.name"), t("store.merged")), merged.items()))


def _filled(datasets: list[DatasetStatus]) -> list[str]:
    return [dataset.name for dataset in datasets if dataset.version >= 0]


@app.command("retain", help=t("store.retain"))
def retain(
    ctx: typer.Context,
    days: Annotated[int | None, typer.Option(min=1, help=t("store.days"))] = None,
    as_json: Json = False,
) -> None:
    from soc.maintenance import dropped, kept_days

    context = opened(ctx)
    settings = context.config.store
    kept = kept_days(days or settings.retain_days, settings.retain_reason)
    rows = dropped(kept, context)
    show(rows, as_json, lambda: table((t("store.name"), t("store.dropped")), rows.items()))
    if not as_json:
        say(t("store.kept", days=kept))
