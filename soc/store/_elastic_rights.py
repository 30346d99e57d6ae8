"""What a key has to be allowed for the work of a host, and what it should not be allowed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from soc.store._elastic_health import Wanted
from soc.store._elastic_names import marks, stream

if TYPE_CHECKING:
    from soc.context import Context

EVENTS = "logs-soc.*"
SHIPPING = (
    *("create_doc", "auto_configure", "view_index_metadata", "maintenance"),
    *("indices:data/read/get", "indices:data/read/mget"),
)
_TOO_MUCH = ("manage_security", "manage_index_templates")  # on the cluster: for the set-up key
_DESTROYS = ("delete", "delete_index", "manage")


def of(context: Context) -> Wanted:
    """For this host: it ships the datasets that its log holds, and reads where that is its engine.

    Raises:
        StoreError: the log cannot be read.
    """
    filled = [status.name for status in context.store.log.status() if status.version >= 0]
    reads = context.config.store.engine == "elasticsearch"
    return wanted(context.config.elasticsearch.namespace, ships=filled, reads=reads)


def wanted(namespace: str, *, ships: Collection[str], reads: bool) -> Wanted:
    """Privileges for shipping these datasets, and for reading where ``reads``."""
    needed: dict[str, tuple[str, ...]] = {stream(dataset, namespace): SHIPPING for dataset in ships}
    if reads:
        needed[EVENTS] = ("read",)
    published = ("read", "index") if ships else ("read",)
    refused = _DESTROYS if reads else (*_DESTROYS, "read")
    return Wanted(
        {"": ("monitor",), marks(namespace): published, **needed},
        {"": _TOO_MUCH, EVENTS: refused},
    )
