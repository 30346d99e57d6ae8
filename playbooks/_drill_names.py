"""Names that people write, as the ids of the records that they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from soc.errors import InputError
from soc.net import merge, network

if TYPE_CHECKING:
    from soc.store import Records


def unit_id(records: Records, name: str) -> str:
    """The id of the unit of an id, name, short name or alias.

    Raises:
        InputError: none, or more than one.
    """
    return _only(records, "unit", name, "--unit")


def target(records: Records, text: str) -> str:
    """A network as such, or the id of a system.

    Raises:
        InputError: it is neither, or several systems are called so.
    """
    try:
        return str(network(text))
    except InputError:
        return _only(records, "system", text, "--target")


def networks(texts: Iterable[str], option: str) -> tuple[str, ...]:
    """The networks, merged.

    Raises:
        InputError: one of the texts is none.
    """
    found = []
    for text in texts:
        try:
            found.append(network(text))
        except InputError as error:
            raise InputError(f"{option}: {error}") from error
    return tuple(str(each) for each in merge(found))


def _only(records: Records, kind: str, name: str, option: str) -> str:
    if exact := records.get(kind, name):
        return exact.id
    found = [record.id for record in records.find(kind) if name in _names(record)]
    if len(found) != 1:
        what = f"{len(found)} are called so; give the id" if found else "is not in the ledger"
        raise InputError(f"{option}: {name!r}: {what}")
    return found[0]


def _names(record: Any) -> set[str]:
    names = {record.no, record.name, getattr(record, "short_name", None)}
    return {n for n in names if n} | {alias.name for alias in record.aliases}
