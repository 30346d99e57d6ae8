"""The event log among processes that race, are killed, or have no room."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from soc.errors import StoreUnavailable
from soc.store.log import DeltaLog
from tests.soc.store.log_rows import batch, everything, opened, records, table
from tests.soc.store.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 50


def child(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soc.store.log_child", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def together(home: Path, *children: subprocess.Popen[str]) -> list[str]:
    """Let children begin at the same time; the last line of each."""
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    home.mkdir(exist_ok=True)
    (home / "start").touch()
    return [process.communicate(timeout=60)[0].strip() for process in children]


class Reader(threading.Thread):
    """Reads everything over and over; what goes wrong is kept."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.log = opened(home)
        self.reads = 0
        self.errors: list[Exception] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                rows = table(self.log.files("flow"))
                if rows.num_rows:
                    ids = rows.select(["soc.source_key", "soc.record"])
                    assert ids.group_by(ids.column_names).aggregate([]).num_rows == rows.num_rows
                self.reads += 1
            except Exception as error:  # noqa: BLE001 - the test shows whatever came
                self.errors.append(error)
            time.sleep(0.05)


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from (line.strip() for line in process.stdout)


def one_round(process: subprocess.Popen[str], chance: random.Random) -> int:
    """Start a writer, kill it at a random moment; the last record that it acknowledged."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    stored, pid, deadline_s = 0, 0, 0.0
    for line in lines(process):
        word, _, number = line.partition(" ")
        if word == "writer":
            pid, deadline_s = int(number), chance.uniform(0.005, 0.09)
            threading.Timer(deadline_s, os.kill, (pid, signal.SIGKILL)).start()
        elif word == "stored":
            stored = int(number)
        else:
            break
    return stored


def test_whoever_is_killed_whenever_every_acknowledged_row_is_there_once(home: Path) -> None:
    chance = random.Random(20260318)
    log = opened(home)
    log.append([batch(1, 20)])
    acknowledged = 20
    reader = Reader(home)
    reader.start()
    with child("crash", home) as process:
        for number in range(ROUNDS):
            acknowledged = max(acknowledged, one_round(process, chance))
            assert log.position(7, "flow") >= acknowledged
            if number % 10 == 9:
                log.compact("flow")
        assert process.stdin is not None
        process.stdin.close()
    reader.is_over.set()
    reader.join()

    stored = records(log)
    assert sorted(stored) == list(range(1, log.position(7, "flow") + 1))
    assert acknowledged > ROUNDS
    assert reader.errors == []
    assert reader.reads > 5


def test_of_two_writers_with_the_same_source_and_position_one_wins(home: Path) -> None:
    told = together(home, child("race", home, 40), child("race", home, 40))

    assert sum(int(line.split()[0]) for line in told) == 40
    assert sorted(records(opened(home))) == list(range(1, 41))


def test_two_compactions_at_once_beside_appends_and_reads_double_nothing(home: Path) -> None:
    log = opened(home)
    for number in range(1, 31):
        log.append([batch(number, 1)])
    reader = Reader(home)
    reader.start()

    told = together(
        home,
        child("compact", home, 12),
        child("compact", home, 12),
        child("append", home, 8, 40),
    )
    reader.is_over.set()
    reader.join()

    assert told[2] == "40"
    assert int(told[0]) + int(told[1]) >= 30
    assert sorted(records(log)) == list(range(1, 31))
    assert sorted(records(log, source=8)) == list(range(1, 41))
    window = table(log.files("flow", everything()))
    assert Counter(window["soc.source_key"].to_pylist()) == {7: 30, 8: 40}
    assert reader.errors == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 3) as found:
        yield found


def filled(log: DeltaLog) -> tuple[int, list[StoreUnavailable]]:
    """Append until there is no room, and a few times more; rows acknowledged, and errors."""
    errors: list[StoreUnavailable] = []
    noise = pa.array([os.urandom(16).hex() for _ in range(2_000)])
    while len(errors) < 5:
        try:
            log.append([batch(log.position(7, "flow") + 1, 2_000, message=noise)])
        except StoreUnavailable as error:
            errors.append(error)
    return log.position(7, "flow"), errors


def test_a_full_disk_is_told_in_a_line_loses_nothing_and_work_goes_on(disk: Path) -> None:
    filler = disk / "filler"
    filler.write_bytes(bytes(2_000_000))
    log = opened(disk / "home")

    acknowledged, errors = filled(log)

    assert all("no room" in str(error) and "\n" not in str(error) for error in errors)
    assert acknowledged >= 2_000
    assert records(opened(disk / "home")) == list(range(1, acknowledged + 1))

    filler.unlink()
    assert log.append([batch(1, acknowledged + 500)]).stored == 500
    log.compact("flow")
    assert sorted(records(log)) == list(range(1, acknowledged + 501))
