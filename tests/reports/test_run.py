from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports import ReportParams
from reports._run import last_over, period_of, run, written
from soc.errors import ConfigError, StoreError
from tests.soc.metrics._world import AS_OF, CALENDAR, DAY, PERIOD, World, at, busy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def report(world: World, out: Path, **given: Any) -> Mapping[str, Any]:
    params = ReportParams(date=DAY, out=out, **{"formats": ("html",), **given})
    return run("daily", params, world.context).value


def test_a_run_tells_what_it_made_and_where(tmp_path: Path) -> None:
    found = report(busy(), tmp_path)

    (file,) = found["files"]
    content = Path(file["path"]).read_bytes()
    assert Path(file["path"]) == tmp_path / "lt-daily-2026-03-18-v1.html"
    assert file["sha256"] == sha256(content).hexdigest()
    assert file["bytes"] == len(content)
    assert (found["edition"], found["as_of"]) == (1, AS_OF.isoformat())
    assert found["numbers"]["attacks_blocked"] == 240
    assert found["missing_glyphs"] == []


def test_the_same_day_again_is_the_same_file(tmp_path: Path) -> None:
    world = busy()
    first = report(world, tmp_path / "a")
    world.now = at(48)
    again = report(world, tmp_path / "b")

    assert not again["is_new"]
    assert again["files"][0]["sha256"] == first["files"][0]["sha256"]


def test_another_format_joins_the_files_of_its_edition(tmp_path: Path) -> None:
    world = busy()
    report(world, tmp_path)
    found = report(world, tmp_path, formats=("pdf",))

    record = world.records.get("report", found["report"])
    assert sorted(getattr(record, "files", ())) == [
        "lt-daily-2026-03-18-v1.html",
        "lt-daily-2026-03-18-v1.pdf",
    ]


def test_an_unknown_format_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'odt' is not one of"):
        report(busy(), tmp_path, formats=("html", "odt"))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"file/x\.html: .*: choose|choose another folder"):
        written(tmp_path / "file" / "x.html", b"", "html")


def test_without_a_date_the_last_day_that_is_over_is_meant() -> None:
    world = World(now=at(30))

    assert last_over("day", world.context) == DAY
    assert last_over("week", world.context) == date(2026, 3, 15)
    assert last_over("month", world.context) == date(2026, 2, 28)


def test_a_period_is_that_of_the_sites_calendar() -> None:
    assert period_of("day", DAY, CALENDAR) == PERIOD
    assert period_of("month", DAY, CALENDAR).end == CALENDAR.midnight(date(2026, 4, 1))
