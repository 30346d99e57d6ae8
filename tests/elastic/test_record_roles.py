"""With TLS and security on: who may keep records on the cluster, and who may only read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from soc.audit import Audit
from soc.errors import StoreError
from soc.records import Author
from soc.records.contact import Contact
from soc.store import Change
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect
from soc.store._elastic_record_mappings import bodies
from soc.store._elastic_templates import Part
from soc.store.elastic_records import ElasticRecords
from soc.where import Equals
from tests.conftest import SetClock
from tests.elastic.conftest import NAMESPACE
from tests.elastic.secured import Secured

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


class Users:
    """The records as each user opens them."""

    def __init__(self, server: Secured, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._opened: list[ElasticRecords] = []

    def records(self, user: str, chunk: int = 1_000, namespace: str = NAMESPACE) -> ElasticRecords:
        client = connect(self._server.settings(self._folder, user), {})
        audit = Audit(self._folder / f"{user}.ndjson")
        found = ElasticRecords(client, namespace, audit, user, SetClock(), chunk=chunk)
        self._opened.append(found)
        return found

    def set_up(self, namespace: str) -> None:
        with connect(self._server.settings(self._folder, "setup"), {}) as client:
            parts = [Part("alias", alias, body) for alias, body in bodies(namespace, 0).items()]
            setup.apply(client, [setup.Difference(part, "new") for part in parts], namespace)

    def close(self) -> None:
        for records in self._opened:
            records.close()


@pytest.fixture
def users(server: Secured, tmp_path: Path) -> Iterator[Users]:
    found = Users(server, tmp_path)
    yield found
    found.close()


def changes(count: int) -> list[Change]:
    author = Author(login="lin")
    return [
        Change(f"c{n}", Contact(id=f"k{n}", state="active", at=AT, author=author, name="林"))
        for n in range(count)
    ]


def test_the_recorder_keeps_records_and_tells_of_them(users: Users, tmp_path: Path) -> None:
    records = users.records("recorder", chunk=2)
    lease = records.acquire("detect", "h", 60)
    assert lease is not None
    records.release(lease)

    records.apply(changes(5))
    records.conclude("r", records.watermark("r"), {"h": 1}, [])

    assert [r.id for r in records.find("contact", Equals("state", "active"), at=AT)][:2] == [
        "k0", "k1",
    ]  # fmt: skip
    assert len(records.history("contact", "k4")) == 1
    assert records.next_number("ZG", 2026) > 0
    assert len(list(Audit(tmp_path / "recorder.ndjson").entries())) == 5


@pytest.mark.parametrize("user", ["analyst", "detector", "reporter"])
def test_a_reader_reads_records_and_may_not_change_them(users: Users, user: str) -> None:
    users.records("recorder").apply(changes(2))
    records = users.records(user)

    assert {"k0", "k1"} <= {r.id for r in records.find("contact")}
    with pytest.raises(StoreError, match="403"):
        records.apply([Change("mine", changes(1)[0].record)])
    with pytest.raises(StoreError, match="403"):
        records.next_number("ZG", 2026)
    with pytest.raises(StoreError, match="403"):
        records.acquire("detect", "h", 60)
    assert len(users.records("recorder").history("contact", "k0")) == 1


def test_a_reader_who_comes_first_reads_an_empty_store(users: Users) -> None:
    users.set_up("roles_empty")
    records = users.records("reporter", namespace="roles_empty")

    assert list(records.find("contact")) == []
    assert records.watermark("r") == {}
    with pytest.raises(StoreError, match="403"):
        records.apply(changes(1))


def test_the_collector_sees_no_records(users: Users) -> None:
    users.records("recorder").apply(changes(1))

    with pytest.raises(StoreError, match="403"):
        list(users.records("collector").find("contact"))


def test_the_set_up_user_sees_no_records(users: Users) -> None:
    with pytest.raises(StoreError, match="403"):
        list(users.records("setup").find("contact"))
