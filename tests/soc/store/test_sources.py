"""A file is known by its content."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from soc.errors import InputError, StoreError
from soc.store import sources as module
from soc.store.sources import BLOCK_BYTES, Sources

ROOT = Path(__file__).resolve().parents[3]
NOISE = random.Random(1).randbytes(3 * BLOCK_BYTES)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "state" / "sources.sqlite")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "export.pcap"
    path.write_bytes(NOISE[:1_000])
    return path


def stored(sources: Sources, path: Path) -> int:
    """Identify a file, and note that all of it is stored; its key."""
    source = sources.identify(path)
    sources.record(source, source.size)
    return source.key


def copy(path: Path, content: bytes) -> Path:
    other = path.with_name("other")
    other.write_bytes(content)
    return other


def test_a_new_file_has_nothing_stored(sources: Sources, file: Path) -> None:
    source = sources.identify(file)

    assert (source.size, source.known_length, source.is_known, source.is_grown) == (
        1_000,
        0,
        False,
        False,
    )
    assert -(1 << 63) <= source.key < 1 << 63


def test_the_same_content_is_the_same_source_wherever_it_lies(sources: Sources, file: Path) -> None:
    key = stored(sources, file)

    again = sources.identify(copy(file, file.read_bytes()))

    assert (again.key, again.known_length, again.is_known, again.is_grown) == (
        key,
        1_000,
        True,
        False,
    )


@pytest.mark.parametrize("before", [10, 1_000, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES])
def test_a_file_that_begins_with_a_known_one_is_that_one_grown(
    sources: Sources, file: Path, before: int
) -> None:
    file.write_bytes(NOISE[:before])
    key = stored(sources, file)
    file.write_bytes(NOISE[: before + 500])

    grown = sources.identify(file)

    assert (grown.key, grown.known_length, grown.is_grown) == (key, before, True)
    assert stored(sources, file) == key


def test_another_content_under_the_same_path_is_a_new_source(sources: Sources, file: Path) -> None:
    key = stored(sources, file)
    file.write_bytes(NOISE[1:2_000])

    assert sources.identify(file).key != key


def test_a_file_that_parts_from_a_known_one_is_a_new_source(sources: Sources, file: Path) -> None:
    key = stored(sources, file)

    other = sources.identify(copy(file, NOISE[:999] + b"x" + NOISE[1_000:2_000]))

    assert other.key != key
    assert other.known_length == 0


def test_two_files_with_the_same_header_are_two_sources(sources: Sources, file: Path) -> None:
    file.write_bytes(NOISE[:24])
    key = stored(sources, file)
    file.write_bytes(NOISE[:24] + b"first")
    assert stored(sources, file) == key

    assert stored(sources, copy(file, NOISE[:24] + b"other rows")) != key


def test_an_earlier_state_of_a_source_is_that_source(sources: Sources, file: Path) -> None:
    key = stored(sources, file)
    file.write_bytes(NOISE[:5_000])
    stored(sources, file)

    early = sources.identify(copy(file, NOISE[:1_000]))

    assert (early.key, early.known_length, early.is_grown) == (key, 1_000, False)


def test_a_source_that_grew_before_anything_was_noted_keeps_its_key(
    sources: Sources, file: Path
) -> None:
    key = sources.identify(file).key
    file.write_bytes(NOISE[:5_000])

    grown = sources.identify(file)

    assert (grown.key, grown.known_length, grown.is_known, grown.is_grown) == (key, 0, True, False)


def test_a_length_is_known_only_after_it_was_recorded(sources: Sources, file: Path) -> None:
    source = sources.identify(file)
    sources.record(source, 600)

    again = sources.identify(file)

    assert (again.key, again.known_length, again.is_grown) == (source.key, 600, True)


def test_growing_for_long_leaves_few_prefixes(sources: Sources, file: Path, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    keys = set()
    for size in range(1_000, 1_060):
        file.write_bytes(NOISE[:size])
        keys.add(stored(sources, file))

    assert len(keys) == 1
    with closing(sqlite3.connect(tmp_path / "state" / "sources.sqlite")) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM prefix").fetchone()
    assert count <= module.KEPT_PREFIXES + 2


def test_an_empty_file_is_nobodys_beginning(sources: Sources, file: Path) -> None:
    empty = sources.identify(copy(file, b""))

    assert (empty.size, empty.is_known) == (0, False)
    assert sources.identify(file).key != empty.key


def test_a_ledger_that_was_lost_gives_the_same_key_to_the_same_content(
    tmp_path: Path, file: Path
) -> None:
    one, two = Sources(tmp_path / "a.sqlite"), Sources(tmp_path / "b.sqlite")

    assert one.identify(file).key == two.identify(file).key


def test_a_name_that_is_no_utf8_is_no_obstacle(sources: Sources, file: Path) -> None:
    odd = file.with_name(os.fsdecode(b"\xff.pcap"))
    odd.write_bytes(b"content")

    assert sources.identify(odd).size == 7


def test_folders_fifos_and_devices_are_refused(sources: Sources, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    for path in (tmp_path, tmp_path / "fifo", Path("/dev/zero"), tmp_path / "absent"):
        with pytest.raises(InputError, match=str(path)):
            sources.identify(path)


def test_a_file_that_shrank_is_refused(sources: Sources, file: Path) -> None:
    source = sources.identify(file)
    file.write_bytes(b"x")

    with pytest.raises(InputError, match="shrank"):
        sources.record(source, source.size)


def test_a_broken_ledger_is_named(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "sources.sqlite"
    path.write_bytes(b"no database, but long enough to be read as one" * 100)

    with pytest.raises(StoreError, match=r"sources\.sqlite"):
        Sources(path).identify(file)


def test_a_source_that_another_process_registers_meanwhile_is_recognised(
    sources: Sources, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(NOISE[:2_000])
    early = copy(file, NOISE[:1_000])
    keys: list[int] = []
    digests = module._Content.digests

    def slowly(content: module._Content, lengths: list[int]) -> dict[int, bytes]:
        monkeypatch.setattr(module._Content, "digests", digests)
        keys.append(sources.identify(early).key)
        return digests(content, lengths)

    monkeypatch.setattr(module._Content, "digests", slowly)

    assert sources.identify(file).key == keys[0]


def test_processes_that_register_the_same_file_agree(tmp_path: Path, file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from soc.store.sources import Sources\n"
        "print(Sources(Path(sys.argv[1])).identify(Path(sys.argv[2])).key)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "ledger.sqlite"), str(file)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}

    children = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]

    assert len({process.communicate(timeout=60)[0] for process in children}) == 1
    assert all(process.returncode == 0 for process in children)
