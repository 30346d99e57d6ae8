from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from scanners._knowledge import held, standing, take
from scanners.checks.end_of_life import evaluate
from soc.context import Context
from soc.errors import InputError
from tests.scanners.checks.spots import spot

PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data" / "knowledge" / "endoflife.json"
AS_OF = date(2026, 3, 1)
CYCLES = {
    "nginx": [
        {"releaseCycle": "1.28", "eol": "2026-02-28"},
        {"releaseCycle": "1.14", "eol": False},
        {"releaseCycle": "stable", "eol": False},
        {"releaseCycle": "0.9", "eol": True},
    ]
}


def file(folder: Path, document: object) -> Path:
    path = folder / "cycles.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_an_imported_file_is_kept_with_source_day_and_digest_and_audited(
    context: Context, tmp_path: Path
) -> None:
    told = take(file(tmp_path, CYCLES), "endoflife.date", AS_OF, context)

    assert (told["products"], told["cycles"], told["stale"]) == (1, 3, False)
    assert standing(context) == [told]
    entry = list(context.store.audit.entries())[-1]
    assert (entry["kind"], entry["action"]) == ("knowledge", "imported")
    assert told["sha256"] in entry["reason"]


def test_an_imported_day_holds_before_the_one_that_came_with_the_program(
    context: Context, tmp_path: Path
) -> None:
    take(file(tmp_path, CYCLES), "endoflife.date", AS_OF, context)
    found = held(context.store.home)
    assert found is not None

    def ended(version: str) -> list[str]:
        seen = spot(product="nginx", version=version, cycles=found.cycles)
        return [each.values["date"] for each in evaluate(seen)]

    assert ended("1.28.0") == ["2026-02-28"]  # the program does not know it
    assert ended("1.14.2") == []  # the program says 2019
    assert ended("0.9.1") == ["2026-03-01"]  # ended by the day of the file
    assert ended("1.12.0") == ["2018-04-17"]  # the file does not say


@pytest.mark.parametrize(
    "document", [[], {}, {"nginx": [{"eol": False}]}, {"vulnerabilities": []}, "nginx"]
)
def test_another_file_is_refused_and_nothing_is_kept(
    context: Context, tmp_path: Path, document: object
) -> None:
    with pytest.raises(InputError, match="cycles"):
        take(file(tmp_path, document), "somewhere", AS_OF, context)

    assert standing(context) == []


def test_a_file_of_a_day_to_come_is_refused_and_an_old_one_is_marked(
    context: Context, tmp_path: Path
) -> None:
    path = file(tmp_path, CYCLES)

    with pytest.raises(InputError, match="still to come"):
        take(path, "endoflife.date", date(2027, 1, 1), context)
    assert take(path, "endoflife.date", date(2025, 1, 1), context)["stale"] is True


def test_the_public_file_is_taken_whole(context: Context) -> None:
    if not PUBLIC.is_file():
        pytest.skip("the reference data is not beside the project")

    told = take(PUBLIC, "endoflife.date", AS_OF, context)

    assert told["products"] > 300
    assert told["cycles"] > 5_000
