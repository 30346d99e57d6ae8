"""Which collector a file is for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from collectors._files import head
from soc import plugins
from soc.errors import ConfigError, InputError

if TYPE_CHECKING:
    from types import ModuleType


def recognised(path: Path) -> str:
    """The name of the one collector that recognises the file.

    Raises:
        InputError: the file cannot be read, or no collector, or more than one, recognises it.
    """
    start = head(path)
    found = [name for name, module in _loaded() if module.recognise(start, path.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(found or plugins.names("collectors"))
    said = "fits several formats" if found else "is of no known format"
    raise InputError(f"{path}: {said}: name it with --as, one of {names}")


def _loaded() -> Iterable[tuple[str, ModuleType]]:
    """Every collector that can be loaded; one that lacks a library hinders no other."""
    for name in plugins.names("collectors"):
        try:
            yield name, plugins.load("collectors", name)
        except ConfigError:
            continue
