"""``soc sources``: the exporters, logs and scanners that events come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, opened, say, show, t, table

if TYPE_CHECKING:
    from soc.records.source import Source

app = typer.Typer(
    help=t("commands.sources"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("set", help=t("sources.set"))
def set_source(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("sources.name"))],
    type: Annotated[str | None, typer.Option(help=t("sources.type"))] = None,
    zone: Annotated[str | None, typer.Option(help=t("sources.zone"))] = None,
    role: Annotated[str | None, typer.Option(help=t("sources.role"))] = None,
    prefix: Annotated[list[str] | None, typer.Option(help=t("sources.prefix"))] = None,
    volume: Annotated[bool, typer.Option(help=t("sources.volume"))] = True,
    as_json: Json = False,
) -> None:
    from soc.register import put_source
    from soc.rights import demanded

    context = opened(ctx)
    demanded("admin", context, "source", name, "set")
    source = put_source(
        name,
        context,
        type=type,
        zone=zone,
        role=role,
        prefixes=prefix or (),
        counts_volume=volume,
    )
    value = _told(source)
    show(value, as_json, lambda: say(t("sources.done", **value)))


def _told(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "type": source.type,
        "zone": source.zone,
        "role": source.role,
        "counts_volume": source.counts_volume,
        "prefixes": list(source.prefixes),
    }


@app.command("list", help=t("sources.list"))
def list_sources(ctx: typer.Context, as_json: Json = False) -> None:
    from soc.records.source import Source

    stored = opened(ctx).store.records.find("source")
    rows = [_told(source) for source in stored if isinstance(source, Source)]
    names = ("name", "type", "zone", "role", "prefixes", "counts_volume")
    titles = [t(f"sources.column_{name}") for name in names]
    show(rows, as_json, lambda: table(titles, [[row[name] for name in names] for row in rows]))
