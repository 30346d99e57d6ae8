"""Records on the real server: crashes at every request, races of hosts, what each host tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import elastic_transport
import pytest

from soc.audit import Audit
from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.records import Record
from soc.records import _registry as registry
from soc.records.contact import Contact
from soc.store import Change
from soc.store._elastic_names import history, records, state
from soc.store._elastic_record_document import change_place, place
from soc.store.elastic_records import ElasticRecords
from soc.where import Equals
from tests.conftest import SetClock
from tests.contracts.records_suite import AT, HOUR, contact
from tests.elastic import recorded

Opening = Callable[..., ElasticRecords]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def namespace() -> Iterator[str]:
    with recorded.namespace() as name:
        yield name


@pytest.fixture
def opening(namespace: str, tmp_path: Path) -> Iterator[Opening]:
    """Opens the store as a host, whose audit log has the host's name."""
    found: list[ElasticRecords] = []

    def opened(host: str = "jump1", **values: Any) -> ElasticRecords:
        audit = Audit(tmp_path / f"{host}.ndjson")
        records = recorded.opened(namespace, audit, SetClock(), host, **({"turn_s": 0} | values))
        found.append(records)
        return records

    yield opened
    for store in found:
        store.close()


def audit_of(folder: Path, host: str = "jump1") -> Audit:
    return Audit(folder / f"{host}.ndjson")


def told_ids(folder: Path, host: str = "jump1") -> list[str]:
    entries = audit_of(folder, host).entries()
    return [entry["change_id"] for entry in entries if "change_id" in entry]


def failing(records: ElasticRecords, at: int, error: BaseException, *, is_dead: bool) -> None:
    """The answer to the request of that number is lost, and all that follow where it is dead."""
    number = count()
    transport = records._client.transport
    perform = transport.perform_request

    def performed(*arguments: Any, **values: Any) -> Any:
        this = next(number)
        if this < at or (this > at and not is_dead):
            return perform(*arguments, **values)
        if this == at:
            perform(*arguments, **values)
        raise error

    transport.perform_request = performed  # type: ignore[method-assign]


def sets(mark: str) -> list[list[Change]]:
    """What is concluded one after the other: new records, changed ones, the same one twice."""
    return [
        [Change(f"{mark}a{n}", contact(f"{mark}{n}", unit=mark)) for n in range(3)],
        [
            Change(f"{mark}b0", contact(f"{mark}0", unit=mark, name="周", at=AT + HOUR)),
            Change(f"{mark}b1", contact(f"{mark}0", unit=mark, name="吴", at=AT + 2 * HOUR)),
            Change(f"{mark}b2", contact(f"{mark}9", unit=mark, at=AT + HOUR)),
        ],
    ]


def made(mark: str) -> list[str]:
    return [change.id for changes in sets(mark) for change in changes]


def concluded(records: ElasticRecords, mark: str) -> None:
    """Both sets concluded, whatever was concluded before; the watermark tells how far it came."""
    for number, changes in enumerate(sets(mark)):
        if records.watermark(mark).get("h", 0) == number:
            before = {"h": number} if number else {}
            records.conclude(mark, before, {"h": number + 1}, iter(changes))


def facts(records: ElasticRecords, mark: str) -> list[tuple[str, int, str]]:
    found = records.find("contact", Equals("unit", mark))
    return [(r.id.removeprefix(mark), r.revision, r.name) for r in found if isinstance(r, Contact)]


NOTHING: list[tuple[str, int, str]] = []
FIRST = [(f"{n}", 1, "林") for n in range(3)]
BOTH = [("0", 3, "吴"), *FIRST[1:], ("9", 1, "林")]
REQUESTS = {2: 30, 1000: 20}  # at least so many requests make both sets


@pytest.mark.parametrize("chunk", [2, 1000])
def test_whichever_request_a_process_dies_at_all_of_a_set_is_there_or_nothing(
    opening: Opening, tmp_path: Path, chunk: int
) -> None:
    other = opening("other")
    for at in count():
        mark = f"t{at}-"
        first = opening(mark, chunk=chunk)
        failing(first, at, Killed(), is_dead=True)
        with suppress(Killed):
            concluded(first, mark)
            break
        done = other.watermark(mark).get("h", 0)
        assert facts(other, mark) == (NOTHING, FIRST, BOTH)[done], f"at request {at}"

        again = opening(mark)
        concluded(again, mark)
        again.apply([Change(f"{mark}end", contact(mark))])

        assert facts(again, mark) == BOTH, f"at request {at}"
        assert [r.revision for r in again.history("contact", f"{mark}0")] == [1, 2, 3]
        assert told_ids(tmp_path, mark) == [*made(mark), f"{mark}end"], f"at request {at}"
        assert audit_of(tmp_path, mark).verify().ok
    assert at >= REQUESTS[chunk]
    assert told_ids(tmp_path, "other") == []


@pytest.mark.parametrize("chunk", [2, 1000])
def test_whichever_answer_is_lost_a_repetition_makes_it_good(
    opening: Opening, tmp_path: Path, chunk: int
) -> None:
    for at in range(REQUESTS[chunk]):
        mark = f"t{at}-"
        records = opening(mark, chunk=chunk)
        lost = elastic_transport.ConnectionTimeout("no answer")
        failing(records, at, lost, is_dead=False)
        for _ in range(3):
            with suppress(StoreUnavailable):
                concluded(records, mark)
                break

        assert facts(records, mark) == BOTH, f"at request {at}"
        records.apply([Change(f"{mark}end", contact(mark))])
        assert told_ids(tmp_path, mark) == [*made(mark), f"{mark}end"], f"at request {at}"


def test_two_hosts_that_write_at_once_lose_and_double_nothing(
    opening: Opening, tmp_path: Path
) -> None:
    def work(name: str) -> list[int]:
        records = opening(name, turn_s=15, chunk=2)
        numbers = []
        for n in range(6):
            numbers.append(records.next_number("ZG", 2026))
            many = range(3 if n == 3 else 1)
            changes = [Change(f"{name}/{n}/{m}", contact(f"{name}{n}{m}")) for m in many]
            assert records.apply(changes) == len(changes)
            stored = records.get("contact", "shared")
            shared = contact("shared", reason=f"{name}/{n}")
            with suppress(Conflict):
                revision = stored.revision if stored else 0
                records.apply([Change(f"{name}/shared/{n}", shared, expected=revision)])
        return numbers

    with ThreadPoolExecutor(3) as pool:
        numbers = [number for found in pool.map(work, "abc") for number in found]

    records = opening("d")
    ids = {record.id for record in records.find("contact")}
    revisions = [record.revision for record in records.history("contact", "shared")]
    told = {name: told_ids(tmp_path, name) for name in "abc"}
    assert sorted(numbers) == list(range(1, 19))
    assert len(ids) == 3 * 8 + 1
    assert revisions == list(range(1, len(revisions) + 1))
    assert all(id.startswith(name) for name in "abc" for id in told[name])
    assert sum(len(set(each)) for each in told.values()) == 3 * 8 + len(revisions)
    assert all(len(set(each)) == len(each) for each in told.values())
    assert all(audit_of(tmp_path, name).verify().ok for name in "abc")


def test_of_many_who_want_a_lease_one_has_it(opening: Opening) -> None:
    hosts = [opening(f"host{n}") for n in range(6)]
    hosts[0].get("contact", "k1")

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: hosts[n].acquire("detect", f"host{n}", 60), range(6)))

    assert sum(lease is not None for lease in found) == 1


def test_a_writer_that_was_taken_for_dead_applies_nothing(opening: Opening) -> None:
    slow, quick = opening("slow", chunk=1), opening("quick")

    def changes() -> Iterator[Change]:
        yield Change("s1", contact("k1"))
        yield Change("s2", contact("k2"))
        assert quick.apply([Change("q1", contact("k1"))]) == 1
        yield Change("s3", contact("k3"))

    with pytest.raises(StoreUnavailable, match="another host went on meanwhile"):
        slow.apply(changes())

    assert [(r.id, r.author.host) for r in quick.find("contact")] == [("k1", "quick")]
    again = [Change(f"s{n}", contact(f"k{n}")) for n in (1, 2, 3)]
    assert slow.apply(again) == 3


def test_a_writer_whose_stream_is_slow_keeps_its_turn(opening: Opening) -> None:
    slow = opening("slow", chunk=1, turn_s=0.3)
    waiting = opening("quick", turn_s=0.3)

    with ThreadPoolExecutor(1) as pool:

        def changes() -> Iterator[Change]:
            yield Change("s1", contact("k1"))
            yield Change("s2", contact("k2"))
            later = pool.submit(lambda: waiting.apply([Change("q1", contact("k9"))]))
            for n in range(3, 13):
                time.sleep(0.06)
                yield Change(f"s{n}", contact(f"k{n}"))
            found.append(later)

        found: list[Future[int]] = []
        new = slow.apply(changes())

    assert (new, found[0].result()) == (12, 1)


def test_a_number_taken_inside_a_failed_stream_is_not_used(opening: Opening) -> None:
    records = opening()

    def changes() -> Iterator[Change]:
        yield Change("c1", contact(no=f"K-{records.next_number('K', 2026)}"))
        yield Change("c2", contact("k2", no=f"K-{records.next_number('K', 2026)}"))
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        records.apply(changes())

    assert records.next_number("K", 2026) == 1


def test_a_number_taken_inside_a_stream_is_used_with_it(opening: Opening) -> None:
    records = opening()

    def changes() -> Iterator[Change]:
        for n in range(2):
            yield Change(f"c{n}", contact(f"k{n}", no=f"K-{records.next_number('K', 2026)}"))

    assert records.apply(changes()) == 2
    assert [record.no for record in records.find("contact")] == ["K-1", "K-2"]
    assert records.next_number("K", 2026) == 3


def test_an_apply_inside_a_stream_is_refused(opening: Opening) -> None:
    records = opening()

    def changes() -> Iterator[Change]:
        records.apply([Change("c1", contact())])
        yield Change("c2", contact("k2"))

    with pytest.raises(StoreError, match="apply inside a stream of changes"):
        records.apply(changes())
    assert list(records.find("contact")) == []


def test_reads_inside_a_stream_see_what_was_committed(opening: Opening) -> None:
    records = opening(chunk=1)

    def changes() -> Iterator[Change]:
        for n in range(3):
            yield Change(f"c{n}", contact(f"k{n}"))
            assert records.get("contact", "k0") is None
            assert list(records.find("contact")) == []

    assert records.apply(changes()) == 3


def test_what_a_large_set_left_behind_is_swept_away(opening: Opening, namespace: str) -> None:
    records = opening(chunk=1)
    records.apply([Change(f"c{n}", contact(f"k{n}")) for n in range(4)])
    with pytest.raises(Conflict):
        records.apply([*(Change(f"d{n}", contact()) for n in range(3)), Change("e", contact(), 9)])

    records._client.indices.refresh(index=state(namespace))
    found = records._client.search(index=state(namespace))["hits"]["hits"]
    assert [hit["_id"] for hit in found] == ["head"]


def test_more_records_than_a_page_holds_come_all_and_in_order(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soc.store._elastic_record_read.FIRST", 3)
    monkeypatch.setattr("soc.store._elastic_pages.PAGE", 2)
    records = opening()
    records.apply([Change(f"c{n}", contact(f"k{n}")) for n in range(7)])
    records.apply([Change(f"d{n}", contact(f"k{n}", name="周", at=AT + HOUR)) for n in range(3)])

    def names(at: datetime | None, limit: int | None = None) -> str:
        found = records.find("contact", at=at, limit=limit)
        return "".join(r.name for r in found if isinstance(r, Contact))

    assert [names(None), names(None, 5), names(None, 3)] == [
        "周周周林林林林",
        "周周周林林",
        "周周周",
    ]
    assert [names(AT), names(AT, 4)] == ["林林林林林林林", "林林林林"]
    assert len(records.history("contact", "k0")) == 2


class Reindexed(Contact):
    indexed: ClassVar[tuple[str, ...]] = ("name",)


def test_a_field_that_is_indexed_later_finds_old_records(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = opening()
    records.apply([Change("c1", contact()), Change("c2", contact("k2", name="周"))])
    original = registry.kind_of

    def kind_of(name: str) -> type[Record]:
        return Reindexed if name == "contact" else original(name)

    places = ("elastic_records", "_elastic_record_document", "records")
    for module in (*(f"soc.store.{name}" for name in places), "soc.records._codec"):
        monkeypatch.setattr(f"{module}.kind_of", kind_of)
    records.apply([Change("c3", contact(name="周", at=AT + HOUR))])

    def found(name: str, at: datetime | None = None) -> list[str]:
        return [r.id for r in records.find("contact", Equals("name", name), at=at)]

    assert [found("周"), found("林"), found("林", AT), found("周", AT)] == [
        ["k1", "k2"], [], ["k1"], ["k2"],
    ]  # fmt: skip


def test_a_store_that_was_set_back_is_told_on(
    opening: Opening, namespace: str, tmp_path: Path
) -> None:
    first = opening()
    first.apply([Change("c1", contact())])
    kept = first._client.get(index=state(namespace), id="head")["_source"]
    first.apply([Change("c2", contact("k2")), Change("c3", contact("k3"))])
    first._client.index(index=state(namespace), id="head", document=kept)
    gone = [(records(namespace), place("contact", id)) for id in ("k2", "k3")]
    gone += [(history(namespace), change_place(id)) for id in ("c2", "c3")]
    deletes = [{"delete": {"_index": index, "_id": id}} for index, id in gone]
    first._client.bulk(operations=deletes, refresh=True)

    opening().apply([Change("c4", contact("k4"))])

    assert told_ids(tmp_path) == ["c1", "c2", "c3", "c4"]
    assert [e["reason"] for e in audit_of(tmp_path).entries() if e["action"] == "set back"] == [
        "records end at change 1, 3 was told: an older copy was put back"
    ]


def test_an_audit_log_that_cannot_be_written_is_told_later(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    records = opening()
    with monkeypatch.context() as patched:
        patched.setattr("soc.audit.os.fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            records.apply([Change("c1", contact())])

    assert records.apply([Change("c1", contact())]) == 0
    assert told_ids(tmp_path) == ["c1"]


@pytest.mark.parametrize("kind", ["get", "find", "apply", "acquire", "number", "watermark"])
def test_without_its_indices_one_line_says_what_to_do(tmp_path: Path, kind: str) -> None:
    records = recorded.opened("never_set_up", Audit(tmp_path / "a.ndjson"), SetClock())
    asked: dict[str, Callable[[], object]] = {
        "get": lambda: records.get("contact", "k1"),
        "find": lambda: list(records.find("contact")),
        "apply": lambda: records.apply([Change("c1", contact())]),
        "acquire": lambda: records.acquire("detect", "h", 60),
        "number": lambda: records.next_number("ZG", 2026),
        "watermark": lambda: records.watermark("r"),
    }

    with pytest.raises(StoreError, match="is not on the cluster: run `soc store setup`"):
        asked[kind]()
    assert not records._client.indices.exists(index=state("never_set_up"))
    records.close()


def test_a_store_of_a_newer_version_is_refused(opening: Opening, namespace: str) -> None:
    store = opening()
    store.apply([Change("c1", contact())])
    newer = {"version": 99, "head": "{}"}
    store._client.index(index=state(namespace), id="head", document=newer)

    with pytest.raises(StoreError, match="stored in form 99, we know 1: update the program"):
        store.get("contact", "k1")


def test_a_server_that_is_away_is_unavailable(tmp_path: Path, opening: Opening) -> None:
    records = opening()
    away = elastic_transport.ConnectionError("refused")
    failing(records, 0, away, is_dead=True)

    with pytest.raises(StoreUnavailable, match="is the server up"):
        records.get("contact", "k1")


@pytest.mark.parametrize("text", ["\ud800", "x" * 9_000])
def test_an_id_that_the_server_cannot_hold_is_refused(opening: Opening, text: str) -> None:
    records = opening()

    with pytest.raises(StoreError, match=r"is not text|is longer than 8191"):
        records.apply([Change("c1", contact()), Change("c2", contact(text))])
    assert list(records.find("contact")) == []


def test_what_is_stored_comes_back_to_the_byte(opening: Opening) -> None:
    records = opening()
    odd = contact(name="\0 \u2028 \ufffe 😀 İ", reason="x" * 40_000, phone='"\\\n')
    records.apply([Change("c1", odd)])

    assert records.get("contact", "k1") == replace(
        odd, revision=1, author=replace(odd.author, host="jump1")
    )
