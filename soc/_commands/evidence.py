"""``soc evidence``: what conclusions rest on, and proof that it is unchanged."""

from __future__ import annotations

from typing import Annotated

import typer

from soc.console import Json, fields, opened, say, show, t, table

app = typer.Typer(
    help=t("commands.evidence"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("list", help=t("evidence.list"))
def list_(
    ctx: typer.Context,
    cited_by: Annotated[str | None, typer.Option(help=t("evidence.cited_by_option"))] = None,
    as_json: Json = False,
) -> None:
    from soc._evidence_view import COLUMNS, row, view
    from soc.evidence import listed

    context = opened(ctx)
    found = listed(context, cited_by)
    rows = [row(each, context.calendar.zone) for each in found]
    titles = [t(f"evidence.{name}") for name in COLUMNS]
    show([view(each) for each in found], as_json, lambda: table(titles, rows))


@app.command("show", help=t("evidence.show"))
def show_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=t("evidence.named"))],
    rows: Annotated[int, typer.Option(min=0, help=t("evidence.rows_option"))] = 20,
    as_json: Json = False,
) -> None:
    from soc._evidence_view import details
    from soc.evidence import content, find, path_of

    context = opened(ctx)
    kept = find(context, name)
    found = details(kept, path_of(context, kept), content(context, kept, rows))
    said = {t(f"evidence.{key}"): value for key, value in found.items()}
    show(found, as_json, lambda: fields(said))


@app.command("verify", help=t("evidence.verify"))
def verify(ctx: typer.Context, as_json: Json = False) -> None:
    from soc._evidence_view import verdict
    from soc.evidence import verify

    value = verdict(verify(opened(ctx)))
    show(value, as_json, lambda: _told(value))
    if not value["ok"]:
        raise typer.Exit(1)


def _told(value: dict[str, object]) -> None:
    say(t("evidence.whole" if value["ok"] else "evidence.broken", files=value["files"]))
    broken = value["broken"]
    for each in broken if isinstance(broken, list) else ():
        say(f"{each['sha256']}  {t('evidence.standing_' + each['standing'])}")
