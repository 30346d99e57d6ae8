"""All kinds, found by file name."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from soc.errors import StoreError
from soc.plugins import names
from soc.records import Record


@cache
def _found() -> dict[str, type[Record]]:
    modules = (import_module(f"soc.records.{name}") for name in names("soc.records"))
    return {module.KIND.kind: module.KIND for module in modules}


def kinds() -> dict[str, type[Record]]:
    """The type of every kind, by its name; a new module is a new kind."""
    return dict(_found())


@cache
def kind_of(name: str) -> type[Record]:
    """The type of one kind, importing no other.

    Raises:
        StoreError: no such kind.
    """
    known = names("soc.records")
    if name not in known:
        raise StoreError(f"record kind {name!r}: use one of {', '.join(known)}")
    found: type[Record] = import_module(f"soc.records.{name}").KIND
    return found
