from __future__ import annotations

import csv
import hashlib
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from playbooks.simulate import _campaigns, _ledger, _traffic, day
from soc.query import Select

if TYPE_CHECKING:
    from soc.context import Context


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_and_number_of_flows_give_the_same_bytes(tmp_path: Path) -> None:
    made = [day.write(tmp_path / name, seed, 2_000) for name, seed in (("a", 1), ("b", 1))]
    day.write(tmp_path / "c", 2, 2_000)

    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert made[0].flow_count == made[1].flow_count
    changed = {
        name for name, of in digests(tmp_path / "c").items() if of != digests(tmp_path / "a")[name]
    }
    assert changed == {"pe1-0000.pcap", "pe2-0000.pcap", "eve-0000.json"}


def test_the_day_has_a_file_of_each_source(tmp_path: Path) -> None:
    (piece,) = day.write(tmp_path, 1, 2_000).pieces

    assert set(piece.files) == {day.OUTER, day.INNER, day.SENSOR}
    assert piece.end - day.midnight() == timedelta(days=1)
    assert {piece.files[name].read_bytes()[:4] for name in (day.OUTER, day.INNER)} <= {
        b"\xd4\xc3\xb2\xa1",
        b"\x4d\x3c\xb2\xa1",
    }


def test_pieces_hold_the_same_lines_and_flows_each_in_its_own_time(tmp_path: Path) -> None:
    whole = day.write(tmp_path / "whole", 1, 2_000)
    cut = day.write(tmp_path / "cut", 1, 2_000, (0, 3, 9, 10, 24))

    lines = [piece.files[day.SENSOR].read_bytes().splitlines() for piece in cut.pieces]
    assert [line for part in lines for line in part] == (
        whole.pieces[0].files[day.SENSOR].read_bytes().splitlines()
    )
    begins = [day.midnight(), *(piece.end for piece in cut.pieces)]
    for part, (begin, end) in zip(lines, pairwise(begins), strict=True):
        times = [datetime.fromisoformat(orjson.loads(line)["timestamp"]) for line in part]
        assert begin <= min(times)
        assert max(times) < end
    assert (cut.flow_count, cut.line_count) == (whole.flow_count, whole.line_count)
    assert sum(map(len, lines)) == cut.line_count


@pytest.mark.parametrize("router", [day.OUTER, day.INNER])
def test_all_pieces_of_a_router_hold_what_the_whole_day_holds(
    context: Context, tmp_path: Path, router: str
) -> None:
    """Its sequence numbers go on from piece to piece: no collector takes a datagram for lost."""
    made = day.write(tmp_path, 1, 2_000, (0, 3, 9, 10, 24))
    paths = [piece.files[router] for piece in made.pieces]

    done = context.jobs.run("collect", {"paths": paths, "observer": router}, context)

    health = context.engine.select(Select("health", columns=("soc.health.lost",)))
    lost = sum(row["soc.health.lost"] for batch in health for row in batch.to_pylist())
    columns = _traffic.flows(day.midnight(), 1, 2_000)[router == day.INNER]
    assert done.counts["stored"] == len(columns["source.ip"])
    assert (lost, done.counts["waiting"], done.counts["refused"]) == (0, 0, 0)


def test_a_source_that_wrote_nothing_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_campaigns, "QUIET", (0, 120))

    first, second, _ = day.write(tmp_path, 1, 2_000, (0, 1, 2, 24)).pieces

    assert [set(piece.files) for piece in (first, second)] == [{day.INNER, day.SENSOR}] * 2


def test_the_ledger_is_as_units_send_it(tmp_path: Path) -> None:
    made = day.write(tmp_path, 1, 2_000)

    with made.ledger.open(encoding="gb18030", newline="") as stream:
        rows = list(csv.reader(stream))
    assert tuple(rows[2]) == _ledger.HEADERS
    assert len(rows) == 3 + len(_ledger.rows())


def test_the_day_is_reported_the_next_morning() -> None:
    assert day.midnight().date() == day.DATE
    assert (day.REPORTED - day.midnight()).total_seconds() == 30 * 3_600
