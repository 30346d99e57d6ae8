from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from soc.audit import Audit, refusal
from soc.errors import ScopeError, StoreUnavailable
from soc.records import Author

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "jump1.ndjson"


def filled(path: Path, count: int = 5) -> Audit:
    audit = Audit(path)
    for number in range(1, count + 1):
        audit.append({"kind": "alert", "id": f"a{number}", "reason": "试", "at": AT})
    return audit


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_chain_that_was_only_appended_to_is_whole(path: Path) -> None:
    verdict = filled(path).verify()

    assert (verdict.ok, verdict.lines, verdict.broken) == (True, 5, None)


def test_nothing_written_is_whole(path: Path) -> None:
    assert Audit(path).verify().ok
    assert list(Audit(path).entries()) == []


def test_each_entry_holds_the_hash_of_the_one_before(path: Path) -> None:
    audit = Audit(path)

    hashes = [audit.append({"id": str(number)}) for number in range(3)]

    entries = list(audit.entries())
    assert [entry["hash"] for entry in entries] == hashes
    assert [entry["previous"] for entry in entries] == ["0" * 64, *hashes[:-1]]
    assert [entry["seq"] for entry in entries] == [1, 2, 3]


def test_time_and_host_are_filled_in_where_nobody_gives_them(path: Path) -> None:
    audit = Audit(path)
    audit.append({"id": "1"})
    audit.append({"id": "2", "host": "jump9", "at": AT})

    first, second = audit.entries()

    assert first["host"]
    assert first["at"].endswith("Z")
    assert (second["host"], second["at"]) == ("jump9", "2026-03-18T01:00:00.000000Z")


def test_an_altered_line_is_named(path: Path) -> None:
    audit = filled(path)
    path.write_bytes(path.read_bytes().replace(b'"a3"', b'"a9"'))

    assert audit.verify().broken == (3, "altered: its content does not have its hash")


def test_a_line_written_anew_with_a_right_hash_is_named(path: Path) -> None:
    audit = filled(path)
    other = path.with_name("other.ndjson")
    forger = filled(other, 2)
    forger.append({"kind": "alert", "id": "forged", "at": AT})
    path.write_bytes(b"".join([*lines(path)[:2], lines(other)[2], *lines(path)[3:]]))

    assert audit.verify().broken == (3, "altered: the next line holds the hash of another one")


def test_a_missing_line_is_named(path: Path) -> None:
    audit = filled(path)
    path.write_bytes(b"".join([*lines(path)[:1], *lines(path)[3:]]))

    assert audit.verify().broken == (2, "missing: entries 2 to 3")


def test_a_line_moved_down_is_named_where_it_is_missed(path: Path) -> None:
    audit = filled(path)
    a, b, c, d, e = lines(path)
    path.write_bytes(b"".join([a, c, d, b, e]))

    assert audit.verify().broken == (2, "reordered: entry 3 where 2 should be")


def test_a_line_that_stands_twice_is_named(path: Path) -> None:
    audit = filled(path)
    a, b, *rest = lines(path)
    path.write_bytes(b"".join([a, b, b, *rest]))

    assert audit.verify().broken == (3, "reordered: entry 2 where 3 should be")


def test_lines_cut_from_the_end_are_missed(path: Path) -> None:
    audit = filled(path)
    path.write_bytes(b"".join(lines(path)[:3]))

    assert audit.verify().broken == (4, "truncated: entries 4 to 5 are gone")


def test_a_log_that_was_removed_is_missed(path: Path) -> None:
    audit = filled(path)
    path.unlink()

    assert audit.verify().broken == (1, "truncated: entries 1 to 5 are gone")


def test_a_gap_at_the_end_is_not_healed_by_what_comes_later(path: Path) -> None:
    audit = filled(path)
    path.write_bytes(b"".join(lines(path)[:3]))
    audit.append({"id": "later"})
    audit.append({"id": "last"})

    assert audit.verify().broken == (4, "missing: entries 4 to 5")


def test_a_line_cut_in_the_middle_stays_visible(path: Path) -> None:
    audit = filled(path)
    path.write_bytes(path.read_bytes()[:-40])
    found = audit.verify().broken
    audit.append({"id": "later"})

    assert found == (5, "truncated: the line is not finished")
    assert audit.verify().broken == (5, "altered: its content does not have its hash")


def test_a_head_that_was_removed_is_told(path: Path) -> None:
    audit = filled(path)
    path.with_name(path.name + ".head").unlink()
    found = audit.verify().broken
    audit.append({"id": "later"})

    assert found == (5, "head missing: nobody can tell what followed")
    assert [e["reason"] for e in audit.entries() if e.get("action") == "recovered"] == [
        "the head was missing"
    ]


def test_a_log_written_anew_from_its_first_line_is_named(path: Path) -> None:
    audit = filled(path)
    other = path.with_name("other.ndjson")
    for number in range(5):
        Audit(other).append({"id": f"forged {number}"})
    path.write_bytes(other.read_bytes())

    assert audit.verify().broken == (5, "altered: the head knows another entry here")


@pytest.mark.parametrize(
    "garbage", [b"\xff\n", b"[]\n", b"null\n", b"{}\n", b'{"hash":1}\n', b"\n"]
)
def test_a_line_that_is_no_entry_is_named_and_the_chain_goes_on(path: Path, garbage: bytes) -> None:
    audit = filled(path, 2)
    with path.open("ab") as file:
        file.write(garbage)
    audit.append({"id": "later"})

    verdict = audit.verify()

    assert verdict.broken == (3, "altered: its content does not have its hash")
    assert [entry["id"] for entry in audit.entries()] == ["a1", "a2", "later"]


def test_an_unfinished_line_after_a_crash_is_cut_and_told(path: Path) -> None:
    audit = filled(path, 2)
    with path.open("ab") as file:
        file.write(b'{"at":"2026-')
    audit.append({"id": "later"})

    assert audit.verify().ok
    assert [entry["id"] for entry in audit.entries()] == ["a1", "a2", "", "later"]
    assert list(audit.entries())[2]["reason"] == "an unfinished line of 12 bytes was cut"


def test_a_head_that_is_behind_after_a_crash_catches_up(path: Path) -> None:
    audit = filled(path, 3)
    behind = path.with_name(path.name + ".head").read_bytes()
    filled(path, 2)
    path.with_name(path.name + ".head").write_bytes(behind)

    assert audit.verify().ok
    audit.append({"id": "later"})
    assert audit.verify().lines == 6


def changes(upto: int) -> Any:
    def read(after: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        return ((number, {"id": f"c{number}"}) for number in range(after + 1, upto + 1))

    return read


def test_changes_of_a_store_are_told_once(path: Path) -> None:
    audit = Audit(path)

    counts = [audit.drain("s1", changes(3)), audit.drain("s1", changes(3))]
    audit.append({"id": "other"})
    counts += [audit.drain("s2", changes(2)), audit.drain("s1", changes(5))]

    assert counts == [3, 0, 2, 2]
    assert (audit.told("s1"), audit.told("s2")) == (5, 2)
    assert [e["change"] for e in audit.entries() if e.get("store") == "s1"] == [1, 2, 3, 4, 5]


def test_a_change_that_was_told_before_a_crash_is_not_told_again(path: Path) -> None:
    audit = Audit(path)
    audit.drain("s1", changes(1))
    behind = path.with_name(path.name + ".head").read_bytes()
    audit.drain("s1", changes(3))
    path.with_name(path.name + ".head").write_bytes(behind)

    assert audit.drain("s1", changes(4)) == 1
    assert audit.verify().ok


def test_an_error_while_changes_are_read_leaves_no_half(path: Path) -> None:
    audit = filled(path, 2)

    def read(after: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        yield 1, {"id": "x" * 2_000_000}
        raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        audit.drain("s1", read)
    assert (audit.verify().ok, audit.verify().lines, audit.told("s1")) == (True, 2, 0)


def test_what_the_system_refuses_is_unavailable(path: Path) -> None:
    path.parent.parent.joinpath("audit").write_text("a file where the folder should be")

    with pytest.raises(StoreUnavailable, match=r"jump1\.ndjson"):
        Audit(path).append({"id": "1"})


def test_a_full_disk_appends_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = filled(path, 2)
    before = path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("soc.audit.os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        audit.append({"id": "3"})
    monkeypatch.undo()

    assert path.read_bytes() == before
    assert audit.verify().ok


def test_a_refusal_says_who_wanted_what_and_why_not() -> None:
    author = Author(login="lin", person="林若溪", host="jump1")

    entry = refusal(ScopeError("no"), author, "block", "b1", "approved", AT)

    assert entry["action"] == "refused"
    assert (entry["login"], entry["kind"], entry["id"]) == ("lin", "block", "b1")
    assert (entry["wanted"], entry["reason"]) == ("approved", "no")


def test_colleagues_of_the_group_may_append_whatever_the_umask(path: Path) -> None:
    before = os.umask(0o077)
    filled(path)
    os.umask(before)

    made = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert made == {f"jump1.ndjson{end}": 0o660 for end in ("", ".head", ".lock")}


def _append(path: str, name: str) -> None:
    audit = Audit(Path(path))
    for number in range(25):
        audit.append({"id": f"{name}{number}"})


def test_processes_that_append_at_once_make_one_chain(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_append, args=(str(path), name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    verdict = Audit(path).verify()
    ids = [json.loads(line)["id"] for line in lines(path)]
    assert (verdict.ok, verdict.lines) == (True, 50)
    assert [i for i in ids if i.startswith("a")] == [f"a{number}" for number in range(25)]
