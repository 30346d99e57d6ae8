"""``soc zones``: parts of the network in which an address means one thing."""

from __future__ import annotations

from typing import Annotated

import typer

from soc.console import Json, opened, say, show, t, table

app = typer.Typer(
    help=t("commands.zones"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("set", help=t("zones.set"))
def set_zone(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("zones.name"))],
    prefix: Annotated[list[str], typer.Option(help=t("zones.prefix"))],
    type: Annotated[str | None, typer.Option(help=t("zones.type"))] = None,
    private: Annotated[bool, typer.Option("--private", help=t("zones.private"))] = False,
    as_json: Json = False,
) -> None:
    from soc.register import put_zone
    from soc.rights import demanded

    context = opened(ctx)
    demanded("admin", context, "zone", name, "set")
    zone = put_zone(name, prefix, context, type=type, private=private)
    value = {"id": zone.id, "name": name, "prefixes": list(zone.prefixes), "private": private}
    show(value, as_json, lambda: say(t("zones.done", **value)))


@app.command("list", help=t("zones.list"))
def list_zones(ctx: typer.Context, as_json: Json = False) -> None:
    from soc.records.zone import Zone

    stored = opened(ctx).store.records.find("zone")
    zones = [zone for zone in stored if isinstance(zone, Zone)]
    rows = [
        {"name": z.name, "type": z.type, "private": z.private, "prefixes": list(z.prefixes)}
        for z in zones
    ]
    titles = [t(f"zones.column_{name}") for name in ("name", "type", "private", "prefixes")]
    show(rows, as_json, lambda: table(titles, [tuple(row.values()) for row in rows]))
