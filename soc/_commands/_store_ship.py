"""``soc store ship`` and ``soc store letters``: the log to the cluster, and what it refuses."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, fields, notice, opened, say, show, t, table

if TYPE_CHECKING:
    from types import FrameType

    from soc.context import Context
    from soc.records.letter import Letter

letters = typer.Typer(
    help=t("ship.letters_help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(help=t("ship.id"))]


def ship(
    ctx: typer.Context,
    datasets: Annotated[list[str] | None, typer.Argument(help=t("ship.datasets"))] = None,
    daemon: Annotated[bool, typer.Option("--daemon", help=t("ship.daemon"))] = False,
    verify: Annotated[str | None, typer.Option(help=t("ship.verify"))] = None,
    as_json: Json = False,
) -> None:
    from soc.store import ship as shipper

    context = opened(ctx)
    named = tuple(datasets or ())
    if verify is not None:
        _compare(context, named, verify, as_json)
    elif daemon:
        _follow(context)
    else:
        done = asdict(shipper.ship(context, datasets=named))
        show(done, as_json, lambda: fields({t(f"ship.{name}"): v for name, v in done.items()}))


def _follow(context: Context) -> None:
    """Until it is told to end; what is on its way gets its verdict."""
    from soc.store.ship import follow

    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    notice(t("ship.following"))
    try:
        follow(context, stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    notice(t("ship.ended"))


def _compare(context: Context, datasets: tuple[str, ...], spelled: str, as_json: bool) -> None:
    from soc.store.ship import verify

    found = verify(context, spelled, datasets=datasets)
    rows = [asdict(one) | {"same": one.same} for one in found]
    columns = ("dataset", "log", "server", "missing", "extra", "doubled", "letters", "unshipped")
    titles = [t(f"ship.{name}") for name in columns]

    def told() -> None:
        table(titles, [[row[name] for name in columns] for row in rows])
        for row in rows:
            for kind in ("missing", "extra", "doubled"):
                for id in row[f"first_{kind}"]:
                    say(t(f"ship.first_{kind}", dataset=row["dataset"], id=id))

    show(rows, as_json, told)
    if not all(one.same for one in found):
        raise typer.Exit(1)


def status_rows(held: dict[str, Any]) -> dict[str, object]:
    """The ``ship`` block as names and values for people."""
    rejected = ", ".join(f"{kind}: {count}" for kind, count in held["rejected"].items())
    shown = {
        "state": t(f"ship.is.{held['state']}"),
        "lag_rows": held["lag_rows"],
        "lag_seconds": held["lag_seconds"],
        "in_flight": held["in_flight"],
        "retries": held["retries"],
        "dead_letters": held["dead_letters"],
        "rejected": rejected or "-",
        "runs": t(
            "ship.running" if held["running"] else "ship.not_running", pid=held["pid"] or "-"
        ),
        "error": held["error"] or "-",
    }
    return {t(f"ship.{name}"): value for name, value in shown.items()}


@letters.command("list", help=t("ship.list"))
def list_(
    ctx: typer.Context,
    state: Annotated[str, typer.Option(help=t("ship.state_option"))] = "waiting",
    as_json: Json = False,
) -> None:
    from soc.store.ship import letters_of

    rows = [_row(one) for one in letters_of(opened(ctx)).all() if state in (one.state, "all")]
    names = ("id", "state", "dataset", "count", "tries", "last_at", "error")
    titles = [t(f"ship.{name}") for name in names]

    def told() -> None:
        shown = ({**row, "state": t(f"records.state.letter.{row['state']}")} for row in rows)
        table(titles, [[row[name] for name in names] for row in shown])

    show(rows, as_json, told)


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "state": letter.state,
        "dataset": letter.dataset,
        "origin_host": letter.origin_host,
        "version": letter.version,
        "count": letter.count,
        "tries": letter.tries,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
        "error": letter.error,
        "reason": letter.reason,
    }


@letters.command("show", help=t("ship.show"))
def show_letter(
    ctx: typer.Context,
    id: Id,
    first: Annotated[int, typer.Option(min=0, help=t("ship.first"))] = 3,
    as_json: Json = False,
) -> None:
    from soc.console import print_json
    from soc.store.ship import letters_of

    found = letters_of(opened(ctx))
    letter = found.get(id)
    documents = [one.fields for one in found.documents(id)[:first]]
    value = {**_row(letter), "event_ids": letter.event_ids, "documents": documents}

    def told() -> None:
        fields({t(f"ship.{name}"): held for name, held in _row(letter).items()})
        for document in documents:
            print_json(document)

    show(value, as_json, told)


@letters.command("retry", help=t("ship.retry"))
def retry(
    ctx: typer.Context,
    id: Annotated[str | None, typer.Argument(help=t("ship.id"))] = None,
    all_: Annotated[bool, typer.Option("--all", help=t("ship.all"))] = False,
    as_json: Json = False,
) -> None:
    from soc.errors import ConfigError
    from soc.store.ship import retry as sent_again

    if (id is None) is not all_:
        raise ConfigError("store letters retry: names one letter or --all, not both")
    found = [asdict(one) for one in sent_again(opened(ctx), id)]
    names = ("id", "state", "delivered", "waiting", "error")
    titles = [t(f"ship.{name}") for name in names]
    show(found, as_json, lambda: table(titles, [[row[name] for name in names] for row in found]))
    if any(row["waiting"] for row in found):
        raise typer.Exit(1)


@letters.command("drop", help=t("ship.drop"))
def drop(
    ctx: typer.Context,
    id: Id,
    reason: Annotated[str, typer.Option(help=t("ship.reason_option"))],
    as_json: Json = False,
) -> None:
    from soc.store.ship import letters_of

    row = _row(letters_of(opened(ctx)).drop(id, reason))
    show(row, as_json, lambda: say(t("ship.is_dropped", id=id, count=row["count"])))
