from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from playbooks.simulate import _ledger, day


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
    assert changed == {"pe1.pcap", "pe2.pcap", "eve.json"}


def test_the_day_has_a_file_of_each_source(tmp_path: Path) -> None:
    made = day.write(tmp_path, 1, 2_000)

    assert set(made.flows) == {day.OUTER, day.INNER}
    assert {path.read_bytes()[:4] for path in made.flows.values()} <= {
        b"\xd4\xc3\xb2\xa1",
        b"\x4d\x3c\xb2\xa1",
    }
    assert made.eve.read_bytes().count(b"\n") == made.line_count


def test_the_ledger_is_as_units_send_it(tmp_path: Path) -> None:
    made = day.write(tmp_path, 1, 2_000)

    with made.ledger.open(encoding="gb18030", newline="") as stream:
        rows = list(csv.reader(stream))
    assert tuple(rows[2]) == _ledger.HEADERS
    assert len(rows) == 3 + len(_ledger.rows())


def test_the_day_ends_before_its_midnight_and_is_reported_the_next_morning() -> None:
    assert day.midnight().date() == day.END.date() == day.DATE
    assert (day.REPORTED - day.midnight()).total_seconds() == 30 * 3_600
