"""``soc store migrate``: opens both sides, moves the records, tells the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from soc.store._elastic_client import connect
from soc.store._migrate import Side, moved
from soc.store._migrate_elastic import Cluster
from soc.store._migrate_sqlite import Local
from soc.store.sqlite import SqliteRecords

if TYPE_CHECKING:
    from soc.context import Context

Target = Literal["elasticsearch", "local"]
_SETTING: dict[Target, str] = {"elasticsearch": "elasticsearch", "local": "sqlite"}


def migrate(to: Target, context: Context) -> dict[str, Any]:
    """Records moved to the cluster or to this home, verified; what was copied and what is next.

    Raises:
        ConfigError: the settings of the cluster cannot be used.
        StoreError: the target holds other records; nothing was copied.
        Conflict: they were written to meanwhile; repeat it.
    """
    with _sides(context) as (local, cluster):
        source, target = (local, cluster) if to == "elasticsearch" else (cluster, local)
        copied, kinds = moved(source, target)
        counters = source.counters()
    found = {
        "source": source.place,
        "target": target.place,
        "copied": copied,
        "kinds": [asdict(kind) for kind in kinds],
        "readers": len(counters.marks),
        "series": len(counters.numbers),
        "setting": f'[store] records = "{_SETTING[to]}"',
        "is_set": context.config.store.records == _SETTING[to],
    }
    if copied:
        context.store.audit.append(_entry(found, context))
    return found


@contextmanager
def _sides(context: Context) -> Iterator[tuple[Side, Side]]:
    config, store = context.config, context.store
    path = store.home / "state" / "records.sqlite"
    client = connect(config.elasticsearch, context.environment)
    with closing(Cluster(client, config.elasticsearch.namespace)) as cluster:
        with closing(SqliteRecords(path, store.audit, store.log.origin, context.clock)):
            pass  # the file is there, of today's tables, and all of it is told
        with closing(Local(path)) as local:
            yield local, cluster


def _entry(found: dict[str, Any], context: Context) -> dict[str, Any]:
    author = context.actor.author()
    kinds = ", ".join(f"{kind['kind']} {kind['digest']}" for kind in found["kinds"])
    return {
        "action": "migrated",
        "at": context.clock.now(),
        "host": author.host,
        "login": author.login,
        "person": author.person,
        "through": author.through,
        "kind": "store",
        "id": found["target"],
        "reason": f"{found['copied']} revisions from {found['source']}: {kinds}",
    }
