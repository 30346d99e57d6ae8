"""Which columns a dataset has and what they hold: what filters and questions are checked by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from soc import schema
from soc.errors import StoreError
from soc.schema import Type

RECORD = "record."  # prefix of the datasets that are kinds of records
VERSION = "soc.version"  # log version of a row: computed when a window is read
EVENT_ID = "event.id"
INGESTED = "event.ingested"
SOURCE_KEY = "soc.source_key"
RECORD_NUMBER = "soc.record"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a dataset or of a result; ``is_open``: any name, typed by its values."""

    types: Mapping[str, Type]
    is_open: bool = False

    def type_of(self, name: str) -> Type | None:
        """What the column holds; a key of a map column is text; None where there is none."""
        found = self.types.get(name)
        if found is None and self.map_of(name) is not None:
            return Type.TEXT
        return found

    def map_of(self, name: str) -> tuple[str, str] | None:
        """Map column and key of a name such as ``soc.other.Zone``; the key may hold dots."""
        for column in self._maps():
            if name.startswith(column + "."):
                return column, name[len(column) + 1 :]
        return None

    def texts(self) -> list[str]:
        """Where a keyword looks: stored columns of text, and maps for their values."""
        return [
            name
            for name, kind in self.types.items()
            if (kind.is_text or kind is Type.MAP) and name != EVENT_ID
        ]

    def _maps(self) -> Iterator[str]:
        return (name for name, kind in self.types.items() if kind is Type.MAP)


@cache
def columns_of(dataset: str) -> Columns:
    """The columns of an event dataset, twins and ``soc.version`` among them, or of records.

    Raises:
        KeyError: no such dataset.
    """
    if dataset.startswith(RECORD):
        return Columns({}, is_open=True)
    types = {name: field.type for name, field in schema.of(dataset).items()}
    twins = {schema.twin(name): Type.TWIN for name, kind in types.items() if kind is Type.IP}
    return Columns(types | twins | {VERSION: Type.LONG})


def question(dataset: str) -> Columns:
    """``columns_of`` for what a store is asked.

    Raises:
        StoreError: no such dataset.
    """
    try:
        return columns_of(dataset)
    except KeyError as unknown:
        known = ", ".join(schema.DATASETS)
        raise StoreError(
            f"dataset {dataset!r}: not known: ask {known} or record.<kind>"
        ) from unknown
