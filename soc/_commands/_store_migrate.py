"""``soc store migrate``: records to the cluster, or back to this home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, opened, say, show, t, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soc.store.migrate import Target


def migrate(
    ctx: typer.Context,
    to: Annotated[str, typer.Option(help=t("migrate.to"))],
    as_json: Json = False,
) -> None:
    from soc.store import migrate as work

    found = work.migrate(_target(to), opened(ctx))
    show(found, as_json, lambda: _told(found, to))


def _target(to: str) -> Target:
    if to == "elasticsearch":
        return "elasticsearch"
    if to == "local":
        return "local"
    raise typer.BadParameter(t("migrate.choose"), param_hint="--to")


def _told(found: Mapping[str, Any], to: str) -> None:
    """What both sides hold, what was copied, and what to do next."""
    names = ("kind", "records", "revisions", "digest")
    rows = [[kind[name] for name in names] for kind in found["kinds"]]
    table([t(f"migrate.{name}") for name in names], rows)
    say(t("migrate.copied", **{n: found[n] for n in ("copied", "source", "target")}))
    say(t("migrate.counters", readers=found["readers"], series=found["series"]))
    say(t(f"migrate.events_{to}"))
    say(t("migrate.is_set" if found["is_set"] else "migrate.set", setting=found["setting"]))
