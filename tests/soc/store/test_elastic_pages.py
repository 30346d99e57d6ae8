"""A point in time is opened as soon as the stream has shards that answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from elasticsearch import Elasticsearch

from soc.config import ElasticsearchSettings
from soc.errors import StoreUnavailable
from soc.store import _elastic_pages
from soc.store._elastic_client import connect
from soc.store._elastic_pages import pages
from tests.elastic.told import Said, told

NO_SHARD = Said({"error": {"type": "search_phase_execution_exception", "reason": None}}, 503)
EMPTY = Said({"hits": {"total": {"value": 0}, "hits": []}})


@contextmanager
def server(*openings: Said) -> Iterator[Elasticsearch]:
    """A client of a server that answers so when a point in time is opened."""
    answers: dict[str, Said | list[Said]] = {"/logs-soc.flow-x/_pit": [*openings]}
    answers |= {"/_pit": Said({}), "/_search": EMPTY}
    with told(answers) as found:
        settings = ElasticsearchSettings(hosts=(found.url,))
        with closing(connect(settings, {})) as client:
            yield client.options(retry_backoff_base=0.01)


def test_shards_that_a_rollover_has_just_made_are_waited_for() -> None:
    with (
        server(*[NO_SHARD] * 5, Said({"id": "point"})) as client,
        pages(client, "logs-soc.flow-x") as found,
    ):
        assert list(found.hits({"query": {"match_all": {}}, "sort": ["_shard_doc"]})) == []


def test_a_stream_that_stays_away_is_an_error_that_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_elastic_pages, "OPENED", 2)

    with (
        server(NO_SHARD) as client,
        pytest.raises(StoreUnavailable, match="503"),
        pages(client, "logs-soc.flow-x"),
    ):
        pass
