"""Which plug-in owns a table of the settings file."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from soc.config import FAMILIES, Config, Settings
from soc.errors import ConfigError
from soc.plugins import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec


def tables(config: Config) -> dict[str, type[Settings]]:
    """Every plug-in table of the file with the type that validates it.

    A table is called as its module, ``scanners.nmap``; only collectors bear names of their
    own, and their ``type`` picks the module.

    Raises:
        ConfigError: a table that no plug-in owns.
    """
    found: dict[str, type[Settings]] = {}
    for family in FAMILIES:
        for name, values in getattr(config, family).items():
            if family == "collectors":
                found[f"{family}.{name}"] = _collector(config, name, values)
            else:
                found.update(_owned(config, f"{family}.{name}", values))
    return found


def _collector(config: Config, name: str, values: dict[str, Any]) -> type[Settings]:
    place = f"{config.place}: collectors.{name}.type"
    kind = values.get("type")
    if kind not in names("collectors"):
        raise ConfigError(f"{place}: {kind!r}: names no collector; see soc collect list")
    return _settings(f"collectors.{kind}", place)


def _owned(
    config: Config, table: str, values: dict[str, Any]
) -> Iterator[tuple[str, type[Settings]]]:
    place = f"{config.place}: {table}"
    spec = _spec(table)
    if spec is None:
        raise ConfigError(f"{place}: no plug-in has this table; mend its name or remove it")
    if spec.submodule_search_locations is None:
        yield table, _settings(table, place)
        return
    for name, inner in values.items():
        yield from _owned(config, f"{table}.{name}", inner)


def _spec(table: str) -> ModuleSpec | None:
    try:
        return find_spec(table)
    except ModuleNotFoundError:  # a name with a dot, of which not even the first part is ours
        return None


def _settings(module: str, place: str) -> type[Settings]:
    model = getattr(import_module(module), "Settings", None)
    if not isinstance(model, type) or not issubclass(model, Settings):
        raise ConfigError(f"{place}: this plug-in takes no settings; remove the table")
    return model
