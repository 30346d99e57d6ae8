"""The three indices of the records: what stands now, every revision, and where the store is.

Each is an index behind an alias, so that it can be made anew beside the old one. Only what is
asked for is indexed; the record itself is one text, its canonical JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soc.store._elastic_names import history, records, state

Body = dict[str, Any]

_KEYWORD: Body = {"type": "keyword"}
_LONG: Body = {"type": "long"}
_REVISION: Body = {
    "kind": _KEYWORD,
    "id": _KEYWORD,
    "state": _KEYWORD,
    "revision": _LONG,
    "at": _LONG,  # microseconds since 1970, UTC
    "seq": _LONG,  # number of the change in this store
}
_CURRENT: Body = {
    **_REVISION,
    "terms": _KEYWORD,  # what the record is found by now
    "ever": _KEYWORD,  # what any of its revisions was found by
    "terms_of": _KEYWORD,  # the indexed fields that ``terms`` was made of
    "ever_of": _KEYWORD,
}
_STATE: Body = {"reader": _KEYWORD}  # of watermarks; all else is read by its id
_HISTORY: Body = {**_REVISION, "host": _KEYWORD}  # host: whose audit log tells of it


def bodies(namespace: str, replicas: int) -> Mapping[str, Body]:
    """Alias and body of each index, in the order in which they are made."""
    fields = {records(namespace): _CURRENT, history(namespace): _HISTORY, state(namespace): _STATE}
    return {alias: _body(properties, replicas) for alias, properties in fields.items()}


def _body(properties: Body, replicas: int) -> Body:
    index = {"number_of_shards": "1", "number_of_replicas": str(replicas)}
    mappings = {"dynamic": "false", "properties": dict(properties)}
    return {"settings": {"index": index}, "mappings": mappings}
