"""Rows as evidence: canonical lines, the same for the same rows whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

import orjson

from soc import _literal, schema
from soc.community_id import community_id_of
from soc.records import Origin

Row = dict[str, Any]
_MADE = ("soc.version",)  # where the row lay in the log; compaction may move it


def is_event_id(text: str) -> bool:
    """True for 32 hexadecimal digits."""
    return _literal.event_id(text) is not None


def identity(row: Mapping[str, Any]) -> str:
    """The event id of a row."""
    return schema.event_id(row["soc.source_key"], row["soc.record"])


def plain(row: Mapping[str, Any], dataset: str) -> Row:
    """What the row says, its dataset and id beside it; absent fields and twins left out.

    A conversation is named by its Community ID: other tools at the site know it by that.
    """
    said = {
        name: _plain(value)
        for name, value in row.items()
        if value is not None and name not in _MADE and not name.startswith(schema.TWIN)
    }
    named = community_id_of(row)
    return {
        **({"network.community_id": named} if named else {}),
        **said,
        "event.dataset": f"soc.{dataset}",
        "event.id": identity(row),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {str(key): _plain(held) for key, held in value}  # a map, as Arrow gives it
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def ndjson(rows: Mapping[str, Row]) -> bytes:
    """One line a row by event id, keys sorted, UTF-8."""
    option = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return b"".join(orjson.dumps(rows[id], option=option) for id in sorted(rows))


def origin(rows: Iterable[Row]) -> Origin:
    """The origin of the rows, if they have one in common; else live."""
    found = {row.get("soc.origin") for row in rows}
    only = found.pop() if len(found) == 1 else None
    return cast("Origin", only) if only in get_args(Origin) else "live"
