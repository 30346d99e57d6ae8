"""The one table of fields: name, type, datasets, meaning.

Names are ECS 9 where ECS has one; ours begin with ``soc.``. Arrow schemas, index templates,
Sigma field maps and the reference page derive from this table. Columns are only added; a
changed type is a new name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from soc._fields import TABLE

if TYPE_CHECKING:
    import pyarrow as pa

TEXT_LIMIT = 8_191  # characters; longer text is cut at collection and named in soc.truncated
TWIN = "soc.twin."  # prefix of the 16-byte big-endian twin of an address column, v4 mapped

DATASETS = (
    "flow",
    "dns",
    "http",
    "tls",
    "alert",
    "firewall",
    "auth",
    "scan",
    "health",
    "presence",
    "other",
    "match",
    "usage",
    "figure",
)
DERIVED = (
    "match",
    "usage",
    "figure",
)  # made by us, issued again when late rows come


class Type(Enum):
    """What a column holds: (Arrow type, Elasticsearch type)."""

    KEYWORD = ("string", "keyword")
    TEXT = ("string", "wildcard")
    IP = ("string", "ip")
    TWIN = ("binary16", "binary")
    DATE = ("timestamp", "date")
    INTEGER = ("int32", "integer")
    LONG = ("int64", "long")
    DOUBLE = ("float64", "double")
    BOOLEAN = ("bool", "boolean")
    KEYWORDS = ("list_string", "keyword")
    IPS = ("list_string", "ip")
    MAP = ("map_string", "flattened")

    @property
    def is_text(self) -> bool:
        """True where a keyword rule looks: any column of characters."""
        return self in (Type.KEYWORD, Type.TEXT, Type.KEYWORDS)

    @property
    def is_list(self) -> bool:
        return self in (Type.KEYWORDS, Type.IPS)

    @property
    def is_number(self) -> bool:
        return self in (Type.INTEGER, Type.LONG, Type.DOUBLE)

    @property
    def is_address(self) -> bool:
        return self in (Type.IP, Type.IPS)


@dataclass(frozen=True, slots=True)
class Field:
    """One column."""

    name: str  # dotted ECS name, or soc.…
    type: Type
    datasets: tuple[str, ...]  # where it may be filled
    meaning: str
    sigma: tuple[str, ...] = ()  # Sigma field names that mean it, optionally "category:name"
    virtual: bool = False  # computed when read, not stored


@cache
def fields() -> dict[str, Field]:
    """All fields by name, in the order in which they are stored."""
    table: dict[str, Field] = {}
    for group, datasets, rows in TABLE:
        for row in rows:
            field = _field(row, datasets)
            if field.name in table:
                raise AssertionError(f"soc._fields: {field.name} stands twice (in {group})")
            table[field.name] = field
    return table


def _field(row: tuple[str, ...], datasets: tuple[str, ...]) -> Field:
    name, type_name, meaning, *sigma = row
    wanted = datasets or DATASETS
    return Field(name, Type[type_name], wanted, meaning, tuple(sigma), virtual=name == "event.id")


@cache
def of(dataset: str) -> dict[str, Field]:
    """The fields of one dataset, twins left out, by name.

    Raises:
        KeyError: no such dataset.
    """
    if dataset not in DATASETS:
        raise KeyError(dataset)
    return {name: f for name, f in fields().items() if dataset in f.datasets}


def twin(name: str) -> str:
    """The column that holds the 16-byte form of address column ``name``."""
    return TWIN + name


@cache
def arrow(dataset: str) -> pa.Schema:
    """The Arrow schema of one dataset as stored: each scalar address is followed by its twin."""
    import pyarrow as pa

    columns: list[pa.Field] = []
    for field in of(dataset).values():
        if field.virtual:
            continue
        columns.append(pa.field(field.name, arrow_type(field.type)))
        if field.type is Type.IP:
            columns.append(pa.field(twin(field.name), arrow_type(Type.TWIN)))
    return pa.schema(columns)


@cache
def arrow_type(kind: Type) -> pa.DataType:
    """The Arrow type behind a column type; counters are signed (Delta has no unsigned)."""
    import pyarrow as pa

    return {
        "string": pa.string(),
        "binary16": pa.binary(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "list_string": pa.list_(pa.string()),
        "map_string": pa.map_(pa.string(), pa.string()),
    }[kind.value[0]]


def event_id(source_key: int, record: int) -> str:
    """``event.id``: source key and record number, 32 hexadecimal digits."""
    return f"{source_key & 0xFFFF_FFFF_FFFF_FFFF:016x}{record:016x}"
