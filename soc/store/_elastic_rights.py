"""What a key has to be allowed for the work of a host, and what it should not be allowed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from soc.store._elastic_health import Wanted
from soc.store._elastic_names import history, marks, records, state, stream

if TYPE_CHECKING:
    from soc.context import Context

EVENTS = "logs-soc.*"
SHIPPING = (
    *("create_doc", "auto_configure", "view_index_metadata", "maintenance"),
    *("indices:data/read/get", "indices:data/read/mget"),
)
RECORDING = ("read", "index", "delete")
_TOO_MUCH = ("manage_security", "manage_index_templates")  # on the cluster: for the set-up key
_DESTROYS = ("delete", "delete_index", "manage")


def of(context: Context) -> Wanted:
    """For this host: it ships what its log holds, reads where that is its engine, keeps records.

    Raises:
        StoreError: the log cannot be read.
    """
    filled = [status.name for status in context.store.log.status() if status.version >= 0]
    settings, namespace = context.config.store, context.config.elasticsearch.namespace
    reads, keeps = (kind == "elasticsearch" for kind in (settings.engine, settings.records))
    return wanted(namespace, ships=filled, reads=reads, keeps=keeps)


def wanted(namespace: str, *, ships: Collection[str], reads: bool, keeps: bool = False) -> Wanted:
    """Privileges for shipping these datasets, for reading, and for keeping records there."""
    needed: dict[str, tuple[str, ...]] = {stream(dataset, namespace): SHIPPING for dataset in ships}
    if reads:
        needed[EVENTS] = ("read",)
    if keeps:
        needed |= dict.fromkeys(
            (records(namespace), history(namespace), state(namespace)), RECORDING
        )
    if ships or reads:
        needed[marks(namespace)] = ("read", "index") if ships else ("read",)
    refused = _DESTROYS if reads else (*_DESTROYS, "read")
    return Wanted(
        {"": ("monitor",), **needed},
        {"": _TOO_MUCH, EVENTS: refused},
    )
