"""Values as DuckDB SQL. No other place puts a text into a statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from soc.schema import Type

TYPES = {
    "string": "VARCHAR",
    "binary16": "BLOB",
    "timestamp": "TIMESTAMPTZ",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "list_string": "VARCHAR[]",
    "map_string": "MAP(VARCHAR, VARCHAR)",
}


def name(text: str) -> str:
    """A quoted column name."""
    return '"' + text.replace('"', '""') + '"'


def string(text: str) -> str:
    """A text; standard strings know no escape but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"


def strings(texts: Iterable[str]) -> str:
    """Texts with commas between, sorted so that one question has one statement."""
    return ", ".join(string(text) for text in sorted(texts))


def is_storable(text: str) -> bool:
    """False for a lone surrogate: no stored text holds one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def blob(raw: bytes) -> str:
    """Bytes."""
    return "'" + "".join(f"\\x{byte:02X}" for byte in raw) + "'::BLOB"


def number(value: int | float) -> str:
    """A number; fractions as the double that they are, not as a decimal."""
    return str(value) if isinstance(value, int) else f"'{value!r}'::DOUBLE"


def instant(at: datetime) -> str:
    """An aware time."""
    return f"'{at.isoformat(timespec='microseconds')}'::TIMESTAMPTZ"


def null(kind: Type) -> str:
    """The absent value of a column type."""
    return f"NULL::{TYPES[kind.value[0]]}"


def joined(parts: list[str], word: str) -> str:
    """Conditions joined by AND or OR, bracketed as a balanced tree: depth is limited."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({joined(parts[:middle], word)} {word} {joined(parts[middle:], word)})"
