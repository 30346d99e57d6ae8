"""The server that fails on purpose answers as the real one does where it does not fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import elastic_transport
import elasticsearch
import pytest
from elasticsearch import Elasticsearch

from soc.config import ElasticsearchSettings
from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.store._elastic_client import connect, probe, translated
from soc.store._elastic_keep import backing
from soc.store._elastic_marks import publish, published
from soc.store._elastic_names import marks, stream
from tests.elastic import faults, shipped
from tests.elastic.faults import Fault
from tests.elastic.faulty import Faulty
from tests.elastic.faulty_wire import faulty

FILTER = "errors,items.*.status,items.*.error,items.*._id,items.*.failure_store"
_NUMBER = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Faulty]:
    with faulty() as found:
        yield found


@pytest.fixture(params=["real", "faulty"])
def client(request: pytest.FixtureRequest) -> Iterator[Elasticsearch]:
    if request.param == "real":
        yield shipped.client()
        return
    server: Faulty = request.getfixturevalue("server")
    with connect(ElasticsearchSettings(hosts=(server.url,)), {}) as found:
        yield found


@pytest.fixture
def namespace() -> str:
    """A namespace that no other test has."""
    return f"{shipped.host().replace('-', '_')}_{next(_NUMBER)}"


def create(client: Elasticsearch, name: str, ids: Sequence[str], **more: Any) -> Mapping[str, Any]:
    document = {"@timestamp": datetime(2026, 3, 18, tzinfo=UTC).isoformat(), **more}
    lines = [line for i in ids for line in ({"create": {"_id": i}}, document)]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    answer = client.perform_request(
        "POST",
        f"/{name}/_bulk?filter_path={FILTER}",
        headers={"content-type": "application/x-ndjson", "accept": "application/json"},
        body=body.encode(),
    )
    return dict(answer.body)


def statuses(answer: Mapping[str, Any]) -> list[int]:
    return [item["create"]["status"] for item in answer["items"]]


def test_a_repeated_create_is_a_conflict_within_a_backing_index_and_a_double_beyond(
    client: Elasticsearch, namespace: str
) -> None:
    name = stream("flow", namespace)

    first = create(client, name, ["a", "b"])
    again = create(client, name, ["b", "c"])
    client.indices.rollover(alias=name)
    beyond = create(client, name, ["a"])

    assert (statuses(first), first["errors"]) == ([201, 201], False)
    assert (statuses(again), again["errors"]) == ([409, 201], True)
    assert again["items"][0]["create"]["error"]["type"] == "version_conflict_engine_exception"
    assert statuses(beyond) == [201]


def test_which_ids_exist_is_asked_by_backing_index(client: Elasticsearch, namespace: str) -> None:
    name = stream("flow", namespace)
    create(client, name, ["a"])
    client.indices.rollover(alias=name)
    create(client, name, ["b"])

    indices = backing(client, name)
    docs = [{"_index": index, "_id": i} for index in indices for i in ("a", "b", "c")]
    found = client.mget(docs=docs, source=False)["docs"]
    whole = client.mget(index=name, ids=["a"], source=False)["docs"]

    assert [index[-6:] for index in indices] == ["000001", "000002"]
    assert [one["found"] for one in found] == [True, False, False, False, True, False]
    assert whole[0]["error"]["type"] == "index_not_found_exception"


def test_a_stream_that_was_never_written_to_has_nothing(
    client: Elasticsearch, namespace: str
) -> None:
    name = stream("flow", namespace)

    assert backing(client, name) == []
    with pytest.raises(elasticsearch.NotFoundError):
        client.indices.refresh(index=name)


def test_a_block_refuses_every_item_for_now_and_repeats_too(
    request: pytest.FixtureRequest, client: Elasticsearch, namespace: str
) -> None:
    name = stream("flow", namespace)
    create(client, name, ["a"])
    if "faulty" in request.node.callspec.id:
        request.getfixturevalue("server").cluster.is_blocked = True
    else:
        block = {"index.blocks.read_only_allow_delete": True}
        client.indices.put_settings(index=backing(client, name)[0], settings=block)

    answer = create(client, name, ["a", "b"])

    if "faulty" in request.node.callspec.id:
        request.getfixturevalue("server").cluster.is_blocked = False
    assert statuses(answer) == [429, 429]
    assert answer["items"][0]["create"]["error"]["type"] == "cluster_block_exception"


def test_marks_are_published_and_read_by_their_id(client: Elasticsearch, namespace: str) -> None:
    assert published(client, namespace, "flow") == {}

    publish(client, namespace, "flow", "one", 3)
    publish(client, namespace, "flow", "two", 5)
    publish(client, namespace, "flow", "one", 4)

    assert published(client, namespace, "flow") == {"one": 4, "two": 5}
    held = client.get(index=marks(namespace), id="flow")
    stale = {"if_seq_no": held["_seq_no"] - 1, "if_primary_term": held["_primary_term"]}
    with pytest.raises(Conflict), translated("marks"):
        client.index(index=marks(namespace), id="flow", document={"upto": {}}, **stale)


def test_the_probe_takes_it_for_elasticsearch(client: Elasticsearch) -> None:
    assert probe(client).version == "9.5.0"


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        (faults.busy, 0),
        (faults.mixed, 1),
        (faults.in_another_order, 2),
        (faults.of_other_ids, 0),
        (faults.one_answer_short, 4),
        (faults.one_answer_more, 4),
        (faults.in_the_failure_store, 2),
    ],
)
def test_a_fault_that_answers_stores_what_it_should(
    server: Faulty, namespace: str, fault: Fault, stored: int
) -> None:
    name = stream("flow", namespace)
    with connect(ElasticsearchSettings(hosts=(server.url,)), {}) as client:
        server.then(fault)
        create(client, name, ["a", "b", "c", "d"])

    assert len(server.cluster.ids(name)) == stored


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        (faults.reset_before, StoreUnavailable, 0),
        (faults.reset_after_with_rollover, StoreUnavailable, 2),
        (faults.applied_then("reset"), StoreUnavailable, 2),
        (faults.applied_then("cut"), StoreError, 2),
        (faults.applied_then("late"), StoreUnavailable, 2),
        (faults.answer(401, "security_exception"), StoreError, 0),
        (faults.answer(413, "content_too_long"), StoreError, 0),
    ],
)
def test_a_fault_that_does_not_answer_is_an_error_of_ours(
    server: Faulty, namespace: str, fault: Fault, error: type[StoreError], stored: int
) -> None:
    name = stream("flow", namespace)
    settings = ElasticsearchSettings(hosts=(server.url,), timeout_s=0.1)
    with connect(settings, {}) as client:
        server.then(fault)
        with pytest.raises(error), translated(name):
            create(client.options(max_retries=0), name, ["a", "b"])

    assert len(server.cluster.ids(name)) == stored


def test_a_request_that_is_too_large_stores_nothing(server: Faulty, namespace: str) -> None:
    server.limit_bytes = 100
    with (
        connect(ElasticsearchSettings(hosts=(server.url,)), {}) as client,
        pytest.raises(elastic_transport.ApiError, match="413"),
    ):
        create(client, stream("flow", namespace), ["a"], message="x" * 100)
    server.limit_bytes = None

    assert not server.cluster.ids(stream("flow", namespace))
