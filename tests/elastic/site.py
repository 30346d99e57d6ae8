"""A site that answers on the real server: what is new in its log is shipped before a question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from soc._columns import RECORD
from soc.config import Config, StoreSettings
from soc.query import Aggregate, Marks, Select, Window
from soc.store.ship import ship
from soc.where import Where
from tests.elastic import shipped

if TYPE_CHECKING:
    from soc.context import Context
    from soc.store import Records
    from soc.store.elastic import ElasticEngine
    from soc.store.log import DeltaLog


def on_elasticsearch(config: Config) -> Config:
    """The site with the shared server as its engine; skips where there is none."""
    store = config.store.model_copy(update={"engine": "elasticsearch"})
    assert isinstance(store, StoreSettings)
    return config.model_copy(update={"store": store, "elasticsearch": shipped.settings()})


class Shipping:
    """The engine of a site whose rows are readable as soon as they are appended."""

    name = "elasticsearch"

    def __init__(self, site: Context) -> None:
        self._site = site
        origins = frozenset({site.store.log.origin})
        self._engine: ElasticEngine = shipped.engine(site.store.records, origins)
        self._shipped: dict[str, int] = {}
        self._mutex = threading.Lock()

    def close(self) -> None:
        """Nothing to give back: the client is that of all tests."""

    def retain(self, datasets: Iterable[str], before: datetime) -> dict[str, int]:
        return self._engine.retain(datasets, before)

    def newest(self, dataset: str) -> Marks:
        self._ship(dataset)
        return self._engine.newest(dataset)

    def window(self, dataset: str, after: Marks) -> Window:
        self._ship(dataset)
        return self._engine.window(dataset, after)

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        self._ship(query.dataset)
        return self._engine.select(query)

    def aggregate(self, query: Aggregate) -> pa.Table:
        self._ship(query.dataset)
        return self._engine.aggregate(query)

    def match(
        self, query: Select, wheres: Mapping[str, Where]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        self._ship(query.dataset)
        return self._engine.match(query, wheres)

    def _ship(self, dataset: str) -> None:
        """Everything in the log that is not there yet, published up to its newest version."""
        if dataset.startswith(RECORD):
            return
        with self._mutex:
            upto = self._site.store.log.version(dataset)
            if upto > self._shipped.get(dataset, -1):
                ship(self._site, datasets=(dataset,))
                self._shipped[dataset] = upto


class Sites:
    """Opens engines for ``soc._open``: each home is a host of its own."""

    def __init__(self, local: Callable[..., Any]) -> None:
        self._local = local
        self.hosts: dict[object, str] = {}

    def engine(
        self, config: Config, log: DeltaLog, records: Records, environment: Mapping[str, str]
    ) -> Any:
        if config.store.engine != "elasticsearch":
            return self._local(config, log, records, environment)
        log.origin = self.hosts.setdefault(config.home, shipped.host())
        store = SimpleNamespace(home=config.home, log=log, records=records)
        site: Any = SimpleNamespace(config=config, store=store, environment=environment)
        return Shipping(site)
