"""``soc demo``: the whole job on a made day, offline."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soc.console import Json, notice, opening, say, show, t, table

if TYPE_CHECKING:
    from playbooks._demo_found import Found
    from playbooks.demo import Result
    from playbooks.simulate._clock import MadeClock
    from soc.config import Config
    from soc.context import Context

app = typer.Typer(
    help=t("commands.demo"),
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)
MARK = ".soc-demo"  # a folder that holds it was made by the demo, and may be made anew


@app.callback()
def demo(
    ctx: typer.Context,
    seed: Annotated[int, typer.Option(help=t("demo.seed"))] = 20_260_318,
    flows: Annotated[int, typer.Option(min=1_000, help=t("demo.flows"))] = 1_000_000,
    history: Annotated[int, typer.Option(min=0, max=170, help=t("demo.history"))] = 100,
    out: Annotated[Path, typer.Option(help=t("demo.out"))] = Path("soc-demo"),
    as_json: Json = False,
) -> None:
    from playbooks.demo import Asked, run
    from playbooks.simulate import day
    from playbooks.simulate._clock import MadeClock

    folder = _fresh(out)
    clock = MadeClock(day.midnight())
    config = _configured(folder)
    result = run(
        folder,
        Asked(seed, flows, history),
        _opener(ctx, config, clock),
        clock,
        lambda s: notice(t(f"demo.step.{s}")),
    )
    show(_value(result), as_json, lambda: _print(result, folder))
    if not all(found.found for found in result.planted) or result.forbidden_blocked:
        raise typer.Exit(1)


def _fresh(out: Path) -> Path:
    """An empty folder; only one that an earlier demo made is emptied."""
    from soc.errors import InputError

    folder = out.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise InputError(f"{out}: holds files of others; name another folder with --out")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder


def _configured(folder: Path) -> Config:
    """The demo's settings, as a file that later commands can be pointed at."""
    from soc.config import read

    path = folder / "soc.toml"
    path.write_text(t("demo.settings", home=folder / "home"), encoding="utf-8")
    return read(path, {})


def _opener(ctx: typer.Context, config: Config, clock: MadeClock) -> Any:
    from soc.actor import Actor

    def opened(login: str) -> AbstractContextManager[Context]:
        person = config.people[login]
        actor = Actor(login, person.name, person.rights, through="cli", host="demo")
        return opening(ctx, "cli", config=config, clock=clock, actor=actor)

    return opened


def _value(result: Result) -> dict[str, Any]:
    return {
        "planted": [_told(found) for found in result.planted],
        "twins": [_told(found) for found in result.twins],
        "false_alerts": result.false_alerts,
        "blocked": result.blocked,
        "forbidden_blocked": result.forbidden_blocked,
        "flows": result.flows,
        "files": [str(path) for path in result.files],
        "seconds": result.seconds,
        "steps": {name: dict(step) for name, step in result.steps.items()},
    }


def _told(found: Found) -> dict[str, Any]:
    return {"name": found.name, "found": found.found, "by": found.by, "why": found.why}


def _print(result: Result, folder: Path) -> None:
    titles = (t("demo.planted"), t("demo.found"), t("demo.by"))
    rows = [(t(f"demo.thing.{f.name}"), _mark(f.found), f.by or _why(f)) for f in result.planted]
    table(titles, rows)
    alike = [(t(f"demo.thing.{f.name}"), f.by or t("demo.quiet")) for f in result.twins]
    table((t("demo.twin"), t("demo.by")), alike)
    quiet = sum(not twin.found for twin in result.twins)
    say(t("demo.twins", quiet=quiet, all=len(result.twins), wrong=result.false_alerts))
    say(t("demo.blocked", count=result.blocked, forbidden=result.forbidden_blocked))
    for path in result.files:
        say(f"  {path}")
    say(t("demo.end", flows=result.flows, seconds=result.seconds))
    say(t("demo.next", config=folder / "soc.toml"))


def _mark(found: bool) -> str:
    return t("demo.yes") if found else t("demo.no")


def _why(found: Found) -> str:
    return t(f"demo.why.{found.why}") if found.why else ""
