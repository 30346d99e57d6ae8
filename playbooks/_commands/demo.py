"""``soc demo``: the whole job on a made day, offline."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
Engine = Literal["duckdb", "elasticsearch"]
HOSTS, LOCAL = "SOC_ELASTICSEARCH__HOSTS", "http://127.0.0.1:9200"
MARK = ".soc-demo"  # a folder that holds it was made by the demo, and may be made anew


@app.callback()
def demo(
    ctx: typer.Context,
    seed: Annotated[int, typer.Option(help=t("demo.seed"))] = 20_260_318,
    flows: Annotated[int, typer.Option(min=1_000, help=t("demo.flows"))] = 1_000_000,
    history: Annotated[int, typer.Option(min=0, max=170, help=t("demo.history"))] = 100,
    out: Annotated[Path, typer.Option(help=t("demo.out"))] = Path("soc-demo"),
    engine: Annotated[Engine, typer.Option(help=t("demo.engine"))] = "duckdb",
    hosts: Annotated[list[str] | None, typer.Option(help=t("demo.hosts"))] = None,
    as_json: Json = False,
) -> None:
    from playbooks.demo import Asked, run
    from playbooks.simulate import day
    from playbooks.simulate._clock import MadeClock

    folder = _fresh(out)
    clock = MadeClock(day.midnight())
    config = _configured(folder, engine, tuple(hosts or ()))
    if config.ships:
        _set_up(config)
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


def _configured(folder: Path, engine: Engine, hosts: Sequence[str]) -> Config:
    """The demo's settings, as a file that later commands can be pointed at.

    Of the environment only the way to the cluster counts: home and namespace are the demo's own.
    """
    from soc.config import read

    path = folder / "soc.toml"
    told = t("demo.settings", home=folder / "home") + _store(engine, hosts)
    path.write_text(told, encoding="utf-8")
    reached = engine == "elasticsearch"
    with _hidden(lambda name: reached and _is_way(name) and not (hosts and name == HOSTS)):
        return read(path, {})


def _is_way(name: str) -> bool:
    """True for a variable that says how to reach the cluster, not where in it to write."""
    return name.startswith("SOC_ELASTICSEARCH_") and not name.endswith("__NAMESPACE")


@contextmanager
def _hidden(kept: Callable[[str], bool]) -> Iterator[None]:
    """While the block runs the environment holds no setting of a site but those that are kept."""
    hidden = {n: v for n, v in os.environ.items() if n.startswith("SOC_") and not kept(n)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def _store(engine: Engine, hosts: Sequence[str]) -> str:
    """The settings of the engine; the demo's data streams are its own, whatever else is there.

    Raises:
        InputError: hosts, and an engine that has none.
    """
    from soc.errors import InputError

    if engine == "duckdb":
        if hosts:
            raise InputError(f"--hosts: {hosts[0]}: give --engine elasticsearch with it")
        return ""
    given = hosts or (() if HOSTS in os.environ else (LOCAL,))
    told = f"hosts = {json.dumps(given)}\n" if given else ""
    lines = f'[elasticsearch]\n{told}namespace = "demo_{time.time_ns() // 1_000_000}"\n'
    return f'\n[store]\nengine = "elasticsearch"\n\n{lines}'


def _set_up(config: Config) -> None:
    from soc.store.elastic import set_up

    notice(t("demo.step.setup", namespace=config.elasticsearch.namespace))
    set_up(config, os.environ, dry_run=False)


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
        "engine": result.engine,
        "shipped": result.shipped,
        "letters": result.letters,
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
        say(f"  {_near(path)}")
    if result.shipped is not None:
        say(t("demo.shipped", engine=result.engine, rows=result.shipped, letters=result.letters))
    say(t("demo.end", flows=result.flows, seconds=result.seconds))
    say(t("demo.next", config=_near(folder / "soc.toml")))


def _near(path: Path) -> Path:
    """The path as seen from the working directory, where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _mark(found: bool) -> str:
    return t("demo.yes") if found else t("demo.no")


def _why(found: Found) -> str:
    return t(f"demo.why.{found.why}") if found.why else ""
