"""The ``soc`` command: composition root and table of contents; nothing imports it.

Every noun is a file ``<room>/_commands/<noun>.py``; it is imported when it is called, so that
``soc --help`` stays fast.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from soc.console import t
from soc.errors import ScopeError, SocError

if TYPE_CHECKING:
    from soc.config import Config
    from soc.context import Context
    from soc.jobs import Job
    from soc.records import Through

ROOMS = ("collectors", "detections", "scanners", "playbooks", "reports", "soc")


def nouns() -> dict[str, str]:
    """Every noun with the module that answers for it, room by room in the order of the work."""
    found: dict[str, str] = {}
    for room in ROOMS:
        spec = find_spec(room)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(folder, "_commands").glob("[!_]*.py")):
                found[path.stem] = f"{room}._commands.{path.stem}"
    return found


def jobs() -> tuple[Job, ...]:
    """The jobs of all families, and of the kernel."""
    rooms = (import_module("soc.maintenance" if room == "soc" else room) for room in ROOMS)
    return tuple(job for room in rooms for job in getattr(room, "JOBS", ()))


class Contents(typer.core.TyperGroup):
    """Lists the nouns without importing them; imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(nouns())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name not in nouns():
            return None
        return typer.core.TyperCommand(cmd_name, short_help=t(f"commands.{cmd_name}"))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        module = nouns().get(args[0])
        if module:
            self.commands[args[0]] = _loaded(module, args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what was refused stands in the audit log before it is told."""
        try:
            return super().invoke(ctx)
        except ScopeError as error:
            ctx.obj.refused(error)
            raise


def _loaded(module: str, name: str) -> Any:
    command = typer.main.get_command(import_module(module).app)
    command.name = name
    return command


class Opener:
    """Opens the context on first use; it is closed when the command has ended."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._context: Context | None = None

    def __call__(self) -> Context:
        if self._context is None:
            self._context = self._stack.enter_context(self.opening("cli"))
        return self._context

    def settings(self) -> Config:
        """The settings alone: nothing is opened, so that it works before anything stands."""
        from soc.config import read

        return read()

    def refused(self, error: ScopeError) -> None:
        """Audit the refusal, unless whoever refused has done it."""
        if self._context is None:
            return
        author, now = self._context.actor.author(), self._context.clock.now()
        wanted = " ".join(sys.argv[1:])[:200]
        self._context.store.audit.refused(error, author, "command", wanted, "run", now)

    def opening(self, through: Through, **parts: Any) -> AbstractContextManager[Context]:
        """A fresh context for a ``with`` block: settings, ledger and scope are read again.

        ``parts`` stand in for its own: ``config``, ``clock``, ``actor``.
        """
        from soc._open import open_context
        from soc.config import read
        from soc.console import progress

        config = parts.pop("config", None) or read()
        return open_context(config, jobs(), progress=progress(), through=through, **parts)


def _root(
    ctx: typer.Context,
    lang: Annotated[str | None, typer.Option(help=t("commands.option_lang"))] = None,
    config: Annotated[Path | None, typer.Option(help=t("commands.option_config"))] = None,
    log_level: Annotated[str, typer.Option(help=t("commands.option_log_level"))] = "warning",
) -> None:
    from soc import logs

    if config:
        os.environ["SOC_CONFIG"] = str(config)
    logs.configure(log_level)
    stack = ExitStack()
    ctx.call_on_close(stack.close)
    ctx.obj = Opener(stack)


def command() -> Any:
    """The whole command line as one object."""
    app = typer.Typer(
        cls=Contents,
        name="soc",
        help=t("commands.soc"),
        rich_markup_mode=None,
        no_args_is_help=True,
        add_completion=False,
    )
    app.callback()(_root)
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line; an error raised on purpose is one line and an exit code."""
    _choose_language(sys.argv[1:])
    try:
        command().main(prog_name="soc")
    except SocError as error:
        sys.stderr.write(f"soc: {error}\n")
        sys.exit(error.exit_code)


def _choose_language(arguments: list[str]) -> None:
    """Help texts are made at import, so ``--lang`` is looked for before anything else."""
    for name, value in pairwise([*arguments, ""]):
        if name.startswith("--lang="):
            value = name.removeprefix("--lang=")
        if name.partition("=")[0] == "--lang":
            os.environ["SOC_LANG"] = value


if __name__ == "__main__":
    main()
