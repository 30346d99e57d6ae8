"""Nothing lost, nothing doubled: ids on the server and in letters are the ids of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from soc.store._elastic_document import identifier
from soc.store.log import DeltaLog
from soc.store.ship import letters_of

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.context import Context

_PAGE = 10_000
_NAMED = ("event.ingested", "soc.source_key", "soc.record")


@dataclass(frozen=True)
class Sides:
    """How often each id is in the log, on the server, and in a letter."""

    logged: Counter[str]
    stored: Counter[str]
    letters: Counter[str]

    def wrong(self) -> str:
        """What is lost, doubled or from nowhere; empty where the equation holds."""
        decided = self.stored + self.letters
        doubled = [name for name, times in decided.items() if times > 1]
        sets = {
            "logged twice": [name for name, times in self.logged.items() if times > 1],
            "lost": list(self.logged.keys() - decided.keys()),
            "doubled": doubled,
            "from nowhere": list(decided.keys() - self.logged.keys()),
        }
        return "; ".join(f"{len(ids)} {what}: {ids[:3]}" for what, ids in sets.items() if ids)

    def __str__(self) -> str:
        """The equation in figures."""
        stored, letters = sum(self.stored.values()), sum(self.letters.values())
        return f"{stored} on the server + {letters} in letters = {sum(self.logged.values())} logged"


def logged(context: Context, dataset: str) -> Counter[str]:
    """The ids of the rows in the log, as the shipper names them."""
    found: Counter[str] = Counter()
    log = context.store.log
    assert isinstance(log, DeltaLog)
    for file in log.files(dataset):
        found.update(identifier(row, log.origin) for row in rows_of(file.path))
    return found


def rows_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a file of the log, with the columns that name them."""
    rows: pa.Table = pq.read_table(path, columns=list(_NAMED), partitioning=None)
    for batch in rows.to_batches(max_chunksize=100_000):
        yield from batch.to_pylist()


def in_letters(context: Context) -> Counter[str]:
    """The ids of what was refused for good: the records name what the files hold."""
    letters, found = letters_of(context), Counter[str]()
    for letter in letters.all():
        if letter.state != "delivered":
            kept = letters.documents(letter.id)
            assert sorted(one.event_id for one in kept) == sorted(letter.event_ids)
            found.update(one.id for one in kept)
    return found


def on_server(client: Elasticsearch, stream: str) -> Counter[str]:
    """The ids of a stream of the real server, over all its backing indices."""
    client.indices.refresh(index=stream)
    found: Counter[str] = Counter()
    point = client.open_point_in_time(index=stream, keep_alive="2m")["id"]
    after: list[Any] | None = None
    while True:
        answer = client.search(
            pit={"id": point, "keep_alive": "2m"},
            size=_PAGE,
            sort=[{"_shard_doc": "asc"}],
            search_after=after,
            source=False,
            track_total_hits=False,
            allow_partial_search_results=False,
        )
        hits = answer["hits"]["hits"]
        found.update(hit["_id"] for hit in hits)
        if len(hits) < _PAGE:
            break
        after = hits[-1]["sort"]
    client.close_point_in_time(id=point)
    return found
