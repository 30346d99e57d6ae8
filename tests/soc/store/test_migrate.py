"""Records moved to the cluster and back: the same history to the byte, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soc.audit import Audit
from soc.config import Config, StoreSettings
from soc.context import Context
from soc.errors import Conflict, StoreError
from soc.records import Author
from soc.records.contact import Contact
from soc.records.unit import Unit
from soc.store import Change, Records
from soc.store._migrate import Counters, Kind, kinds, moved
from soc.store._migrate_elastic import Cluster
from soc.store._migrate_sqlite import Local
from soc.store.elastic_records import ElasticRecords
from soc.store.migrate import migrate
from soc.store.records import Stored
from soc.store.sqlite import SqliteRecords
from soc.where import Equals
from tests.conftest import SetClock
from tests.contracts.records_suite import AT, HOUR, contact
from tests.elastic import recorded


def filled(records: Records, more: int = 0) -> None:
    """Two kinds, one of whose records was changed; a watermark and two series."""
    records.apply([Change(f"c{n}", contact(f"k{n}")) for n in range(3 + more)])
    unit = Unit(id="u1", state="active", at=AT, author=Author(login="lin"), name="澜汀区财政局")
    records.apply([Change("u", unit), Change("c0b", contact("k0", name="周", at=AT + HOUR))])
    records.conclude("detect", {}, {"h1": 3, "h2": 5}, [])
    assert [records.next_number("ZG", 2026) for _ in range(2)] == [1, 2]
    records.next_number("封 堵", 2025)


@pytest.fixture
def namespace() -> Iterator[str]:
    with recorded.namespace() as name:
        yield name


class Sides:
    """Both stores of one site, and their sides."""

    def __init__(self, folder: Path, namespace: str) -> None:
        self.audit = Audit(folder / "audit.ndjson")
        self.path = folder / "records.sqlite"
        self.namespace = namespace
        self.sqlite = SqliteRecords(self.path, self.audit, "jump1", SetClock())
        self.elastic: ElasticRecords = recorded.opened(namespace, self.audit, SetClock())
        self.local = Local(self.path)
        self.cluster = Cluster(recorded.client(), namespace, turn_s=0, chunk=2)

    def close(self) -> None:
        for one in (self.sqlite, self.elastic, self.local, self.cluster):
            one.close()


@pytest.fixture
def sides(tmp_path: Path, namespace: str) -> Iterator[Sides]:
    found = Sides(tmp_path, namespace)
    yield found
    found.close()


def test_records_move_there_and_back_to_the_byte(
    sides: Sides, tmp_path: Path, namespace: str
) -> None:
    filled(sides.sqlite)
    other = Local(tmp_path / "new.sqlite")
    SqliteRecords(tmp_path / "new.sqlite", sides.audit, "jump1", SetClock()).close()

    there = moved(sides.local, sides.cluster)
    back = moved(sides.cluster, other)

    assert there == back
    assert [(k.kind, k.records, k.revisions) for k in back[1]] == [
        ("contact", 3, 4),
        ("unit", 1, 1),
    ]
    assert list(other.revisions()) == list(sides.local.revisions())
    assert other.counters() == sides.local.counters() == sides.cluster.counters()
    other.close()


def test_what_was_moved_answers_as_before(sides: Sides) -> None:
    filled(sides.sqlite)
    moved(sides.local, sides.cluster)

    for records in (sides.sqlite, sides.elastic):
        assert [r.id for r in records.find("contact", Equals("unit", "u1"))] == ["k0", "k1", "k2"]
        history = records.history("contact", "k0")
        assert [r.name for r in history if isinstance(r, Contact)] == ["林", "周"]
        then = records.get("contact", "k0", at=AT)
        assert (then and then.revision, records.watermark("detect")) == (1, {"h1": 3, "h2": 5})
    assert sides.elastic.next_number("ZG", 2026) == 3
    assert sides.elastic.next_number("封 堵", 2025) == 2
    assert sides.elastic.apply([Change("c1", contact("k1"))]) == 0


def test_moving_again_copies_nothing(sides: Sides) -> None:
    filled(sides.sqlite)

    runs = [moved(sides.local, sides.cluster) for _ in range(2)]

    assert [copied for copied, _ in runs] == [5, 0]
    assert runs[0][1] == runs[1][1]


def test_what_came_later_follows(sides: Sides) -> None:
    filled(sides.sqlite)
    moved(sides.local, sides.cluster)
    sides.elastic.apply([Change("d1", contact("k0", name="吴", at=AT + 2 * HOUR))])
    sides.elastic.apply([Change("d2", contact("k7"))])
    sides.elastic.next_number("ZG", 2026)
    sides.elastic.conclude("detect", {"h1": 3, "h2": 5}, {"h1": 9}, [])

    copied, _ = moved(sides.cluster, sides.local)

    assert copied == 2
    assert [r.id for r in sides.sqlite.find("contact")] == ["k0", "k1", "k2", "k7"]
    assert sides.sqlite.watermark("detect") == {"h1": 9}
    assert sides.sqlite.next_number("ZG", 2026) == 4


@pytest.mark.parametrize("to", ["cluster", "local"])
def test_a_target_that_holds_other_records_is_left_alone(sides: Sides, to: str) -> None:
    stores: dict[str, Records] = {"local": sides.sqlite, "cluster": sides.elastic}
    source, target = (
        (sides.local, sides.cluster) if to == "cluster" else (sides.cluster, sides.local)
    )
    filled(stores["cluster" if to == "local" else "local"])
    stores[to].apply([Change("other", contact("k2", name="吴"))])
    before = list(target.revisions())

    with pytest.raises(StoreError, match="holds other records: contact k2 revision 1 is not in"):
        moved(source, target)

    assert list(target.revisions()) == before
    assert target.counters() == Counters({}, {})


def test_a_target_that_gave_out_later_numbers_is_left_alone(sides: Sides) -> None:
    sides.sqlite.next_number("ZG", 2026)
    sides.elastic.next_number("ZG", 2026)
    sides.elastic.next_number("ZG", 2026)

    with pytest.raises(StoreError, match="number ZG-2026-2 was given out there"):
        moved(sides.local, sides.cluster)


def test_what_was_moved_is_told_by_nobody_again(sides: Sides) -> None:
    filled(sides.sqlite)
    told = len(list(sides.audit.entries()))
    moved(sides.local, sides.cluster)
    sides.elastic.apply([Change("d1", contact("k7"))])
    moved(sides.cluster, sides.local)
    sides.sqlite.apply([Change("e1", contact("k8"))])

    later = [entry["change_id"] for entry in list(sides.audit.entries())[told:]]
    assert later == ["d1", "e1"]
    assert sides.audit.verify().ok


class Killed(BaseException):
    """The process ends here."""


def test_a_run_that_dies_is_run_again(sides: Sides, namespace: str) -> None:
    filled(sides.sqlite, more=3)
    client = recorded.client()
    perform = client.transport.perform_request
    left = 12

    def performed(*arguments: Any, **values: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return perform(*arguments, **values)

    client.transport.perform_request = performed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        moved(sides.local, Cluster(client, namespace, turn_s=0, chunk=2))
    there = list(sides.cluster.revisions())
    copied, held = moved(sides.local, sides.cluster)

    assert (len(there), copied) in ((0, 8), (8, 0))
    assert held == kinds(sides.local.revisions())
    client.close()


def test_a_source_that_is_written_to_meanwhile_is_a_conflict(sides: Sides) -> None:
    filled(sides.sqlite)

    class Busy(Local):
        def counters(self) -> Counters:
            sides.sqlite.next_number("ZG", 2026)
            return super().counters()

    busy = Busy(sides.path)
    with pytest.raises(Conflict, match="was written to meanwhile: run it again"):
        moved(busy, sides.cluster)
    busy.close()


def test_the_digest_of_a_kind_sees_every_part() -> None:
    one = Stored("contact", "k1", 1, "c", b"{}")
    others = [
        one,
        replace(one, id="k2"),
        replace(one, revision=2),
        replace(one, change="d"),
        replace(one, document=b"[]"),
    ]

    found = [kinds(iter([each]))[0] for each in others]

    assert len({kind.digest for kind in found}) == 5
    assert found[0] == Kind("contact", 1, 1, found[0].digest)


def test_a_site_moves_and_is_told_what_to_set(
    config: Config, context: Context, namespace: str
) -> None:
    from tests.elastic import shipped

    context.store.records.apply([Change("c1", contact())])
    settings = shipped.settings(namespace)
    store = StoreSettings(engine="elasticsearch", records="elasticsearch")
    cluster = replace(
        context, config=config.model_copy(update={"elasticsearch": settings, "store": store})
    )

    there, back = migrate("elasticsearch", cluster), migrate("local", cluster)

    assert (there["copied"], there["is_set"], back["copied"], back["is_set"]) == (1, True, 0, False)
    assert there["kinds"] == back["kinds"]
    assert back["setting"] == '[store] records = "sqlite"'
    last = list(context.store.audit.entries())[-1]
    assert (last["action"], last["id"], last["login"]) == (
        "migrated", f"soc-records-{namespace}", "tester",
    )  # fmt: skip
    assert context.store.audit.verify().ok
