"""``soc doctor``: is this machine fit, and what to do where it is not."""

from __future__ import annotations

from typing import Any

import typer

from soc.console import Json, configured, opened, show, t, table
from soc.errors import StoreError

app = typer.Typer(
    help=t("commands.doctor"),
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    from soc._doctor import checks, unopened

    try:
        found = checks(opened(ctx))
    except StoreError as error:
        found = unopened(error, ships=configured(ctx).ships)
    value: dict[str, Any] = {
        "ok": not any(check.ok is False for check in found),
        "checks": [
            {"name": check.name, "ok": check.ok, "found": check.found, "remedy": check.remedy}
            for check in found
        ],
    }
    titles = (t("doctor.check"), t("doctor.ok"), t("doctor.found"), t("doctor.remedy"))
    rows = [(t(f"doctor.{c.name}"), _mark(c.ok), c.found, c.remedy or "") for c in found]
    show(value, as_json, lambda: table(titles, rows))
    if not value["ok"]:
        raise typer.Exit(1)


def _mark(ok: bool | None) -> str:
    """What could not be looked at is no success; it fails the command only with what caused it."""
    if ok is None:
        return t("doctor.unknown")
    return t("doctor.yes") if ok else t("doctor.no")
