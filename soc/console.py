"""What the command modules share: opening the context, printing results, the texts of help."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from soc._console_cells import cell, padded, width
from soc.text import Language, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from soc.config import Config
    from soc.context import Context
    from soc.progress import Progress, Task
    from soc.records import Through

_ZONE = ContextVar("zone of the times shown", default="Asia/Shanghai")


def language() -> Language:
    """Language of the terminal: ``--lang``, else the locale; Chinese for ``zh*``, else English."""
    chosen = os.environ.get("SOC_LANG") or _locale()
    return "zh" if chosen.lower().startswith("zh") else "en"


def _locale() -> str:
    found = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in found if value), "C")


def t(key: str, **values: object) -> str:
    """A text of the catalogue in the language of the terminal."""
    return text(key, language(), **values)


Json = Annotated[
    bool, typer.Option("--json", help=t("console.json"))
]  # every command takes it: one JSON value on stdout


def opened(ctx: typer.Context) -> Context:
    """The context of this process, opened on first use and closed when the command ends."""
    context: Context = ctx.find_root().obj()
    _ZONE.set(context.config.site.time_zone)
    return context


def configured(ctx: typer.Context) -> Config:
    """The settings of this process; nothing is opened."""
    config: Config = ctx.find_root().obj.settings()
    return config


def opening(ctx: typer.Context, through: Through, **parts: Any) -> AbstractContextManager[Context]:
    """A fresh context for a ``with`` block, for programs that run for long.

    ``parts`` stand in for the site's own: ``config``, ``clock``, ``actor``.
    """
    fresh: AbstractContextManager[Context] = ctx.find_root().obj.opening(through, **parts)
    return fresh


def show(value: Any, as_json: bool, render: Callable[[], None]) -> None:
    """Print a result: the value as one JSON document, or what ``render`` prints for people."""
    if as_json:
        print_json(value)
    else:
        render()


def print_json(value: Any) -> None:
    """One JSON document on stdout; keys in the order given, times as ISO 8601."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str, indent=2) + "\n")


def say(line: str = "") -> None:
    """One line on stdout."""
    sys.stdout.write(line + "\n")


def notice(line: str) -> None:
    """One line on stderr: what is going on, where results go to stdout."""
    sys.stderr.write(line + "\n")


def table(
    titles: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str | None = None
) -> None:
    """A table for people; wide characters are aligned, nothing is interpreted as markup.

    It takes the width of the terminal; in a pipe or file no cell is broken.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=caption, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for title in titles:
        grid.add_column(title, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_told(value)) for value in row))
    columns = None if sys.stdout.isatty() else 10_000
    console = Console(highlight=False, width=columns)
    console.print(grid, crop=False)


def _told(value: object) -> str:
    """A value for people: times in the site's zone, once its settings were read."""
    if isinstance(value, bool):
        return t("console.yes" if value else "console.no")
    return cell(value, ZoneInfo(_ZONE.get()))


def progress() -> Progress | None:
    """Bars on stderr where that is a terminal; None elsewhere."""
    return _Bars() if sys.stderr.isatty() else None


class _Bars:
    """One rich bar for each task, gone when it ends."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        from rich.console import Console
        from rich.progress import Progress as Bars

        with Bars(console=Console(stderr=True), transient=True) as bars:
            number = bars.add_task(title, total=total)
            yield _Bar(bars, number)


class _Bar:
    def __init__(self, bars: Any, number: int) -> None:
        self._bars = bars
        self._number = number

    def advance(self, amount: int = 1) -> None:
        self._bars.advance(self._number, amount)


def fields(pairs: Mapping[str, object]) -> None:
    """Name and value, one pair a line."""
    columns = max(map(width, pairs), default=0)
    for name, value in pairs.items():
        say(f"{padded(name, columns)}  {_told(value)}".rstrip())
