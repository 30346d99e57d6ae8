"""Retention on a server without a lifecycle: whole backing indices, never the one in use."""

from __future__ import annotations

from datetime import datetime, timedelta

from soc.query import Aggregate, Measure
from soc.store._elastic_keep import backing, rolled_over
from soc.store._elastic_names import stream
from soc.store.elastic import ElasticEngine
from tests.contracts.engines import START, NoRecords, Row, numbered
from tests.elastic import shipped

OLD = START - timedelta(days=300)
LATER = START + timedelta(days=1)


def _row(number: int, ingested: datetime) -> Row:
    return numbered([{}] * number)[-1] | {"event.ingested": ingested}


def _engine(namespace: str) -> ElasticEngine:
    return ElasticEngine(shipped.client(), NoRecords(), namespace)


def _namespace() -> str:
    return shipped.host().replace("-", "_")


def _rows(namespace: str) -> int:
    counted = _engine(namespace).aggregate(Aggregate("tls", (Measure("n", "count"),)))
    return int(counted.to_pylist()[0]["n"])


def test_a_backing_index_goes_when_its_newest_row_is_old() -> None:
    namespace, client = _namespace(), shipped.client()
    for number, ingested in enumerate((OLD, OLD, START), 1):
        shipped.ship("tls", [[_row(number, ingested)]], namespace=namespace)
        if number != 2:
            rolled_over(client, namespace, "tls", max_age="0s")

    dropped = [_engine(namespace).retain(["tls"], before) for before in (START, LATER)]

    assert dropped == [{"tls": 1}, {"tls": 2}]
    assert _rows(namespace) == 0
    assert len(backing(client, stream("tls", namespace))) == 1


def test_what_is_written_to_stays_however_old() -> None:
    namespace = _namespace()
    shipped.ship("tls", [[_row(1, OLD)]], namespace=namespace)

    assert _engine(namespace).retain(["tls", "dns"], LATER) == {"tls": 0, "dns": 0}
    assert _rows(namespace) == 1


def test_a_stream_that_is_young_and_small_is_not_rolled_over() -> None:
    namespace = _namespace()
    shipped.ship("tls", [[_row(1, START)]], namespace=namespace)

    assert not rolled_over(shipped.client(), namespace, "tls")
    assert not rolled_over(shipped.client(), "nobody", "tls")
