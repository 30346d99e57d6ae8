from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from collectors._run import collect_files
from collectors._status import listed, statuses
from soc import plugins
from soc.context import Context
from tests.collectors.test_run import line
from tests.conftest import SetClock


def test_every_collector_is_listed_with_a_label() -> None:
    for language in ("zh", "en"):
        rows = listed(language)

        assert [row["name"] for row in rows] == plugins.names("collectors")
        assert all(row["label"] != row["name"] for row in rows)


def test_a_source_is_told_with_its_last_sign_of_life(
    context: Context, clock: SetClock, tmp_path: Path
) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(line(1) + line(7) + b"bad\n")
    collect_files([path], format=None, context=context, observer="ids-1")
    clock.set(datetime(2026, 3, 18, 1, 10, tzinfo=UTC))

    (row,) = statuses(context)

    assert (row["name"], row["rows"], row["refused"], row["is_live"]) == ("ids-1", 2, 1, True)
    assert row["last_seen"] == datetime(2026, 3, 18, 1, 5, tzinfo=UTC)
    assert 0 < row["coverage"] < 0.05


def test_a_site_without_data_has_no_sources(context: Context) -> None:
    assert statuses(context) == []
