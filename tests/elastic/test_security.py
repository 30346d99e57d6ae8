"""With TLS and security on: each role may do its work and no more; bad trust is refused."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from soc.config import ElasticsearchSettings
from soc.errors import StoreError
from soc.query import Select
from soc.store._elastic_client import connect, probe, translated
from soc.store._elastic_document import document, identifier
from soc.store._elastic_marks import publish, published
from soc.store._elastic_names import stream
from soc.store.elastic import ElasticEngine
from tests.contracts.engines import NoRecords
from tests.elastic.conftest import NAMESPACE
from tests.elastic.secured import ROLES, Secured, role

ROW = {
    "@timestamp": datetime(2026, 3, 18, 1, tzinfo=UTC),
    "event.ingested": datetime(2026, 3, 18, 1, tzinfo=UTC),
    "soc.source_key": 1,
    "soc.record": 1,
}


def _ship(server: Secured, folder: Path, user: str) -> None:
    name = stream("flow", NAMESPACE)
    operations = [
        {"create": {"_id": identifier(ROW, user)}},
        document(ROW, "flow", user, 0),
    ]
    with connect(server.settings(folder, user), {}) as client, translated(name):
        answer = client.bulk(index=name, operations=operations, refresh=True)
        status = answer["items"][0]["create"]["status"]
        if status not in (201, 409):  # 409: it is there already
            raise StoreError(f"{status}: {answer['items']}")
    with connect(server.settings(folder, user), {}) as client:
        publish(client, NAMESPACE, "flow", user, 0)


def _read(server: Secured, folder: Path, user: str) -> int:
    client = connect(server.settings(folder, user), {})
    engine = ElasticEngine(client, NoRecords(), NAMESPACE, frozenset({"collector"}))
    try:
        return sum(batch.num_rows for batch in engine.select(Select("flow")))
    finally:
        engine.close()


def test_the_collector_writes_and_publishes_and_may_not_search(
    server: Secured, tmp_path: Path
) -> None:
    _ship(server, tmp_path, "collector")

    with pytest.raises(StoreError, match="403"):
        _read(server, tmp_path, "collector")


@pytest.mark.parametrize("user", ["analyst", "reporter"])
def test_a_reader_reads_and_may_not_write(server: Secured, tmp_path: Path, user: str) -> None:
    _ship(server, tmp_path, "collector")

    assert _read(server, tmp_path, user) == 1
    with connect(server.settings(tmp_path, user), {}) as client:
        assert published(client, NAMESPACE, "flow")["collector"] == 0
    with pytest.raises(StoreError, match="403"):
        _ship(server, tmp_path, user)


def test_the_set_up_user_reads_and_writes_no_events(server: Secured, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="403"):
        _ship(server, tmp_path, "setup")
    with pytest.raises(StoreError, match="403"):
        _read(server, tmp_path, "setup")


def test_a_wrong_password_is_one_line(server: Secured, tmp_path: Path) -> None:
    settings = server.settings(tmp_path, "analyst")
    assert settings.password_file is not None
    settings.password_file.write_text("wrong", encoding="utf-8")

    with connect(settings, {}) as client, pytest.raises(StoreError, match="401") as refused:
        probe(client)
    assert "wrong" not in str(refused.value)


def test_a_certificate_of_another_authority_is_refused(server: Secured, tmp_path: Path) -> None:
    settings = server.settings(tmp_path, "analyst").model_copy(update={"ca_certs": None})

    with connect(settings, {}) as client, pytest.raises(StoreError, match=r"TLS.*ca_certs"):
        probe(client)


def test_a_pinned_fingerprint_is_enough_and_another_is_refused(
    server: Secured, tmp_path: Path
) -> None:
    raw = ssl.PEM_cert_to_DER_cert(server.certificate.read_text(encoding="utf-8"))
    pins = {"right": hashlib.sha256(raw).hexdigest(), "wrong": "00" * 32}
    base = server.settings(tmp_path, "analyst")
    pinned: dict[str, ElasticsearchSettings] = {
        name: base.model_copy(update={"ca_certs": None, "fingerprint": pin})
        for name, pin in pins.items()
    }

    with connect(pinned["right"], {}) as client:
        assert probe(client).version == "9.5.0"
    with connect(pinned["wrong"], {}) as client, pytest.raises(StoreError, match="fingerprint"):
        probe(client)


@pytest.mark.parametrize("name", ROLES)
def test_a_role_descriptor_says_what_it_is_for(name: str) -> None:
    descriptor = role(name)

    assert isinstance(descriptor, dict)
    assert descriptor["metadata"]["means"]
    assert all(
        set(grant) == {"names", "privileges"} and "*" not in grant["names"]
        for grant in descriptor["indices"]
    )
