from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from soc.audit import Audit
from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.records import Author
from soc.records import _registry as registry
from soc.records.contact import Contact
from soc.store import Change
from soc.store import sqlite as module
from soc.store._sqlite_errors import PASSING, told
from soc.store.sqlite import SqliteRecords
from soc.where import Equals
from tests.conftest import SetClock

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


def contact(id: str = "k1", **values: Any) -> Contact:
    known: dict[str, Any] = {
        "id": id,
        "state": "active",
        "at": AT,
        "author": Author(login="lin", host="jump1"),
        "name": "林",
        "unit": "u1",
    }
    return Contact(**(known | values))


def opened(folder: Path, busy_s: float = 30.0) -> SqliteRecords:
    audit = Audit(folder / "audit.ndjson")
    return SqliteRecords(folder / "records.sqlite", audit, "jump1", SetClock(), busy_s)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = opened(tmp_path)
    yield records
    records.close()


def audit_of(folder: Path) -> Audit:
    return Audit(folder / "audit.ndjson")


def told_ids(folder: Path) -> list[str]:
    return [entry["change_id"] for entry in audit_of(folder).entries() if "change_id" in entry]


def test_what_was_stored_is_there_when_it_is_opened_again(
    records: SqliteRecords, tmp_path: Path
) -> None:
    records.apply([Change("c1", contact())])
    records.conclude("detect", {}, {"h": 1}, [])
    records.next_number("ZG", 2026)
    records.close()

    again = opened(tmp_path)

    assert again.get("contact", "k1") == replace(contact(), revision=1)
    assert again.watermark("detect") == {"h": 1}
    assert again.next_number("ZG", 2026) == 2
    again.close()


def test_a_closed_store_opens_itself_again(records: SqliteRecords) -> None:
    records.close()
    records.close()

    assert records.get("contact", "k1") is None


def test_a_commit_is_on_disk_before_the_audit_log_is_told(records: SqliteRecords) -> None:
    with records._links.writing() as link:
        assert link.execute("PRAGMA synchronous").fetchone() == (2,)
        assert link.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_crash_between_commit_and_audit_is_made_good_on_opening(
    records: SqliteRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.apply([Change("c1", contact())])
    monkeypatch.setattr(records._teller, "tell", lambda: 0)
    records.apply([Change("c2", contact("k2")), Change("c3", contact("k3"))])
    before = told_ids(tmp_path)
    records.close()

    opened(tmp_path).close()
    opened(tmp_path).close()

    assert before == ["c1"]
    assert told_ids(tmp_path) == ["c1", "c2", "c3"]
    assert audit_of(tmp_path).verify().ok


def test_an_audit_log_that_cannot_be_written_is_told_later(
    records: SqliteRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("soc.audit.os.fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            records.apply([Change("c1", contact())])
    again = records.apply([Change("c1", contact())])

    assert again == 0
    assert told_ids(tmp_path) == ["c1"]


def test_records_set_back_to_an_older_copy_are_told_on(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.apply([Change("c1", contact())])
    first.close()
    kept = (tmp_path / "records.sqlite").read_bytes()
    later = opened(tmp_path)
    later.apply([Change("c2", contact("k2")), Change("c3", contact("k3"))])
    later.close()
    (tmp_path / "records.sqlite").write_bytes(kept)

    restored = opened(tmp_path)
    restored.apply([Change("c4", contact("k4"))])
    restored.close()

    entries = list(audit_of(tmp_path).entries())
    assert told_ids(tmp_path) == ["c1", "c2", "c3", "c4"]
    assert [e["reason"] for e in entries if e["action"] == "set back"] == [
        "records end at change 1, 3 was told: an older copy was put back"
    ]
    assert audit_of(tmp_path).verify().ok


def test_a_number_taken_inside_a_failed_stream_is_not_used(records: SqliteRecords) -> None:
    def changes() -> Iterator[Change]:
        yield Change("c1", contact(no=f"K-{records.next_number('K', 2026)}"))
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        records.apply(changes())

    assert records.next_number("K", 2026) == 1


def test_a_part_that_fails_leaves_the_rest_of_the_stream(records: SqliteRecords) -> None:
    def changes() -> Iterator[Change]:
        yield Change("c1", contact())
        with pytest.raises(Conflict):
            records.apply([Change("c2", contact("k2")), Change("c3", contact("k3"), expected=9)])
        yield Change("c4", contact("k4"))

    assert records.apply(changes()) == 2
    assert [record.id for record in records.find("contact")] == ["k1", "k4"]


def test_a_part_that_succeeds_belongs_to_the_stream(records: SqliteRecords, tmp_path: Path) -> None:
    def changes() -> Iterator[Change]:
        records.apply([Change("c1", contact())])
        assert told_ids(tmp_path) == []
        yield Change("c2", contact("k2"))

    assert records.apply(changes()) == 1
    assert told_ids(tmp_path) == ["c1", "c2"]


def test_reads_inside_a_stream_see_what_was_committed(records: SqliteRecords) -> None:
    def changes() -> Iterator[Change]:
        yield Change("c1", contact())
        assert records.get("contact", "k1") is None
        assert list(records.find("contact")) == []

    assert records.apply(changes()) == 1


def test_a_find_that_is_not_read_to_its_end_holds_nothing(records: SqliteRecords) -> None:
    records.apply(Change(f"c{n}", contact(f"k{n}")) for n in range(5))
    next(iter(records.find("contact")))
    gc.collect()

    assert len(records._links._idle[False]) == 1


def test_a_find_sees_one_moment(records: SqliteRecords) -> None:
    records.apply(Change(f"c{n}", contact(f"k{n}")) for n in range(3))
    found = records.find("contact")
    first = next(found)
    records.apply([Change("d", contact("k9")), Change("e", contact("k2", name="周"))])

    assert [first.id, *((r.id, r.revision) for r in found)] == ["k0", ("k1", 1), ("k2", 1)]


class Reindexed(Contact):
    indexed: ClassVar[tuple[str, ...]] = ("name",)


def test_a_field_that_is_indexed_later_finds_old_records(
    records: SqliteRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.apply([Change("c1", contact()), Change("c2", contact("k2", name="周"))])
    records.apply([Change("c3", contact(name="周"))])
    original = registry.kind_of
    for place in ("soc.store.sqlite", "soc.store._sqlite_write", "soc.records._codec"):
        monkeypatch.setattr(
            f"{place}.kind_of", lambda name: Reindexed if name == "contact" else original(name)
        )

    found = [r.id for r in records.find("contact", Equals("name", "周"))]
    former = [r.id for r in records.find("contact", Equals("name", "林"), at=AT)]

    assert found == ["k1", "k2"]
    assert former == []
    assert [r.id for r in records.find("contact", Equals("name", "林"))] == []


def test_threads_share_a_store(records: SqliteRecords) -> None:
    def work(name: int) -> int:
        return sum(
            records.apply([Change(f"{name}/{n}", contact(f"k{name}-{n}"))]) for n in range(8)
        )

    with ThreadPoolExecutor(4) as pool:
        stored = sum(pool.map(work, range(4)))

    assert stored == 32
    assert len(list(records.find("contact"))) == 32


def _count(folder: str, name: str, rounds: int) -> None:
    records = opened(Path(folder))
    for n in range(rounds):
        number = records.next_number("ZG", 2026)
        records.apply([Change(f"{name}/{n}", contact(f"k{number:04d}"))])
        stored = records.get("contact", "k0000")
        revision = stored.revision if stored else 0
        shared = contact("k0000", reason=f"{name}/{n}")
        try:
            records.apply([Change(f"{name}/shared/{n}", shared, expected=revision)])
        except Conflict:
            continue
    records.close()


def test_two_processes_that_write_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_count, args=(str(tmp_path), name, 40)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)

    records = opened(tmp_path)
    ids = [record.id for record in records.find("contact")]
    history = records.history("contact", "k0000")
    changes = [f"{name}/{n}" for name in "ab" for n in range(40)]
    told = told_ids(tmp_path)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert ids == [f"k{n:04d}" for n in range(81)]
    assert [record.revision for record in history] == list(range(1, len(history) + 1))
    assert sorted(name for name in told if "shared" not in name) == sorted(changes)
    assert len(told) == len(set(told)) == 80 + len(history)
    assert audit_of(tmp_path).verify().ok
    records.close()


_CHILD = """
import sys
from pathlib import Path
from soc.store import Change
from tests.soc.store.test_sqlite import contact, opened
records = opened(Path(sys.argv[1]))
for n in range(100_000):
    names = [f"{sys.argv[2]}-{n}-{part}" for part in "ab"]
    records.apply([Change(name, contact(name)) for name in names])
    print(names[0][:-2], flush=True)
"""


def test_a_killed_writer_loses_nothing_acknowledged_and_the_audit_log_agrees(
    tmp_path: Path,
) -> None:
    dice = random.Random(20260318)
    acknowledged: list[str] = []
    for turn in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(tmp_path), f"r{turn}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[3],
        )
        assert child.stdout is not None
        acknowledged.append(child.stdout.readline().strip())
        time.sleep(dice.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.wait(30)
        child.stdout.close()

    records = opened(tmp_path)
    stored = {record.id for record in records.find("contact")}
    assert {f"{name}-{part}" for name in acknowledged for part in "ab"} <= stored
    assert all(name[:-1] + other in stored for name in stored for other in "ab")
    assert sorted(told_ids(tmp_path)) == sorted(stored)
    assert audit_of(tmp_path).verify().ok
    records.close()


def test_a_forked_child_has_connections_of_its_own(records: SqliteRecords, tmp_path: Path) -> None:
    records.apply([Change("c1", contact())])
    list(records.find("contact"))
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if records.apply([Change("c2", contact("k2"))]) == 1 else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert [record.id for record in records.find("contact")] == ["k1", "k2"]
    assert told_ids(tmp_path) == ["c1", "c2"]


def test_a_store_that_another_writer_holds_is_unavailable(tmp_path: Path) -> None:
    records = opened(tmp_path, busy_s=0.05)
    other = sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match=r"records\.sqlite: database is locked"):
        records.apply([Change("c1", contact())])
    assert records.get("contact", "k1") is None
    other.execute("ROLLBACK")
    assert records.apply([Change("c1", contact())]) == 1
    other.close()
    records.close()


def test_a_full_disk_stores_nothing_and_work_goes_on_when_there_is_room(
    records: SqliteRecords,
) -> None:
    records.apply([Change("c1", contact())])
    with records._links.writing() as link:
        pages = link.execute("PRAGMA page_count").fetchone()[0]
        link.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreUnavailable, match="full"):
        records.apply(Change(f"d{n}", contact(f"d{n}", reason="x" * 9000)) for n in range(20))
    found = [record.id for record in records.find("contact")]
    link.execute("PRAGMA max_page_count = 1000000")

    assert found == ["k1"]
    assert records.apply([Change("d0", contact("d0"))]) == 1


@pytest.mark.parametrize("content", [b"this is a text, not a database" * 50, b"\0" * 4096])
def test_what_is_no_database_is_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "records.sqlite").write_bytes(content)

    with pytest.raises(StoreError, match=r"records\.sqlite: .*restore it from a backup"):
        opened(tmp_path)


def test_a_file_of_a_newer_version_is_refused(records: SqliteRecords, tmp_path: Path) -> None:
    with records._links.writing() as link:
        link.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreError, match="tables of version 99"):
        opened(tmp_path)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    with pytest.raises(StoreUnavailable, match=r"records\.sqlite"):
        SqliteRecords(tmp_path / "state" / "records.sqlite", audit_of(tmp_path), "h", SetClock())


def test_a_damaged_row_is_named(records: SqliteRecords) -> None:
    records.apply([Change("c1", contact())])
    with records._links.writing() as link:
        link.execute("UPDATE history SET document = x'7b'")

    with pytest.raises(StoreError, match="stored contact"):
        records.get("contact", "k1")


def test_an_id_that_is_no_text_is_an_error_of_ours(records: SqliteRecords) -> None:
    with pytest.raises(StoreError, match="is not text"):
        records.get("contact", "\ud800")


def _classes(parent: type[sqlite3.Error]) -> list[type[sqlite3.Error]]:
    return [parent, *(found for child in parent.__subclasses__() for found in _classes(child))]


@pytest.mark.parametrize("error", _classes(sqlite3.Error), ids=lambda found: str(found.__name__))
def test_every_error_of_the_library_becomes_ours(
    records: SqliteRecords, monkeypatch: pytest.MonkeyPatch, error: type[sqlite3.Error]
) -> None:
    def broken(*_: object) -> None:
        raise error("it broke")

    monkeypatch.setattr(module, "write", broken)
    monkeypatch.setattr(module, "documents", broken)

    with pytest.raises(StoreError, match="it broke"):
        records.apply([Change("c1", contact())])
    with pytest.raises(StoreError, match="it broke"):
        list(records.find("contact"))


_CODES = sorted(
    value
    for name, value in vars(sqlite3).items()
    if name.startswith("SQLITE_") and isinstance(value, int) and sqlite3.SQLITE_OK < value < 27
    and hasattr(sqlite3, "SQLITE_" + name.removeprefix("SQLITE_"))
)  # fmt: skip


@pytest.mark.parametrize("code", sorted(set(_CODES)))
def test_what_passes_may_be_retried_and_what_does_not_may_not(code: int) -> None:
    error = sqlite3.OperationalError("it broke")
    error.sqlite_errorcode = code | (3 << 8)  # an extended code

    assert told(Path("r"), error).can_retry is (code in PASSING)


def test_locked_busy_and_full_may_be_retried() -> None:
    assert {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL} <= PASSING
    assert {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT}.isdisjoint(
        PASSING
    )


def test_threads_that_stop_leave_no_connection_behind(records: SqliteRecords) -> None:
    for n in range(5):
        changes = [Change(f"c{n}", contact(f"k{n}"))]
        worker = threading.Thread(target=records.apply, args=(changes,))
        worker.start()
        worker.join()

    assert len(list(records.find("contact"))) == 5
    assert len(records._links._all) == 2


def test_colleagues_of_the_group_may_write_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    records = opened(tmp_path)
    records.apply([Change("c1", contact())])
    os.umask(before)

    made = {each.stat().st_mode & 0o777 for each in tmp_path.glob("records.sqlite*")}
    assert made == {0o660}
    records.close()


_MANY = """
import sys
from pathlib import Path
from soc.records import Author
from soc.records.alert import Alert, Attacker, Victim
from soc.store import Change
from tests.soc.store.test_sqlite import AT, opened

def alert(n):
    return Alert(
        id=Alert.key("lt", "r", str(n)), state="open", at=AT, rule=f"r{n % 50}", entity=f"e{n}",
        author=Author(login="soc", through="schedule", host="jump1"), title="暴力破解",
        first_seen=AT, last_seen=AT, attackers=(Attacker(address=f"203.0.113.{n % 250}"),),
        victims=(Victim(endpoint=f"192.0.2.{n % 250}", unit="u1"),),
    )

def peak():
    status = Path("/proc/self/status").read_text()  # ru_maxrss would keep our parent's peak
    return int(status.split("VmHWM:")[1].split()[0])

records = opened(Path(sys.argv[1]))
before = peak()
changes = (Change(f"c{n}", alert(n)) for n in range(int(sys.argv[2])))
new = records.conclude("detect", {}, {"h": 1}, changes)
found = sum(1 for _ in records.find("alert"))
records.close()
print(new, found, (peak() - before) // 1024)
"""


@pytest.mark.timeout(1800)
def test_very_many_changes_are_concluded_in_bounded_memory(tmp_path: Path) -> None:
    """100 k here, 1 M with SOC_SOAK=1: the same bound in MiB, most of it SQLite's page cache."""
    count = 1_000_000 if os.environ.get("SOC_SOAK") else 100_000

    done = subprocess.run(
        [sys.executable, "-c", _MANY, str(tmp_path), str(count)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )

    new, found, grown_mib = map(int, done.stdout.split())
    assert (new, found) == (count, count)
    assert grown_mib < 128
    assert audit_of(tmp_path).verify().lines == count
