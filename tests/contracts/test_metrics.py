"""What every metric promises; each file under ``soc/metrics`` is walked."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

import soc.metrics
from soc import plugins
from soc.metrics import (
    Good,
    Unit,
    breakdown,
    compute,
    metric,
    metrics,
    name,
    number,
    question,
    rule,
)
from soc.schema import DATASETS
from soc.text import LANGUAGES, text
from tests.soc.metrics._world import AS_OF, PERIOD, World, drilled

FAMILY = "soc.metrics"
IDS = tuple(metrics())


@pytest.mark.parametrize("metric_id", IDS)
def test_a_metric_says_what_it_is(metric_id: str) -> None:
    found = metric(metric_id)

    assert re.fullmatch(r"[a-z][a-z0-9_]+", found.id)
    assert found.unit in get_args(Unit)
    assert found.good in get_args(Good)
    assert set(found.datasets) <= set(DATASETS)
    assert found.version >= 1
    assert inspect.getdoc(found.measure)


@pytest.mark.parametrize("metric_id", IDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_metric_has_a_name_and_a_rule_in_the_catalogue(metric_id: str, language: str) -> None:
    assert text(f"metrics.{metric_id}.name", language)  # type: ignore[arg-type]
    assert text(f"metrics.{metric_id}.rule", language).endswith(("。", "."))  # type: ignore[arg-type]


@pytest.mark.parametrize("metric_id", IDS)
def test_no_data_gives_no_number_of_events_and_never_an_error(metric_id: str) -> None:
    found = compute(metric_id, PERIOD, World().context, AS_OF)

    is_of_nothing = metric(metric_id).datasets or metric(metric_id).unit == "seconds"
    assert found.value == (None if is_of_nothing else 0)


@pytest.mark.parametrize("metric_id", IDS)
def test_a_number_carries_period_coverage_and_watermark(metric_id: str) -> None:
    found = compute(metric_id, PERIOD, drilled().context, AS_OF)

    assert found.value is not None
    assert found.value >= 0
    assert found.period == PERIOD
    assert found.coverage is None or 0 <= found.coverage <= 1
    assert set(found.watermark) == set(metric(metric_id).datasets)


def test_asked_together_or_alone_a_number_is_the_same() -> None:
    context = drilled().context
    together = question(PERIOD, context, AS_OF)

    for metric_id in IDS:
        assert number(metric_id, together) == compute(metric_id, PERIOD, context, AS_OF)


@pytest.mark.parametrize(
    ("metric_id", "by"), [(m.id, by) for m in metrics().values() for by in m.parts]
)
def test_parts_of_a_count_add_up_to_the_whole(metric_id: str, by: str) -> None:
    asked = question(PERIOD, drilled().context, AS_OF)

    parts = breakdown(metric_id, by, asked)

    assert all(part.member is not None for part in parts)
    if metric(metric_id).unit != "share":
        assert sum(part.value or 0 for part in parts) == number(metric_id, asked).value


def test_counts_of_events_of_two_days_add_up() -> None:
    """Dedup works in fixed bins: a week is the sum of its days."""
    context = drilled().context
    day = timedelta(days=1)
    yesterday = type(PERIOD)(PERIOD.start - day, PERIOD.start)
    both = type(PERIOD)(PERIOD.start - day, PERIOD.end)

    for metric_id in ("attacks_blocked", "attacks_passed", "flows_seen", "alerts_opened"):
        days = [compute(metric_id, each, context).value or 0 for each in (yesterday, PERIOD)]
        assert compute(metric_id, both, context).value == sum(days)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as files of the family."""
    places = soc.metrics.__path__
    places.append(str(tmp_path))
    metrics.cache_clear()
    yield tmp_path
    places.remove(str(tmp_path))
    metrics.cache_clear()
    monkeypatch.delitem(sys.modules, f"{FAMILY}.copied", raising=False)


def test_a_new_file_is_a_new_metric_without_any_other_edit(folder: Path) -> None:
    source = inspect.getsource(plugins.load(FAMILY, "scans"))
    for each in ("scan_covered", "scan_unknown", "hosts_up"):
        source = source.replace(f'"{each}"', f'"copied_{each}"')
    (folder / "copied.py").write_text(source, encoding="utf-8")

    assert "copied_hosts_up" in metrics()
    assert compute("copied_hosts_up", PERIOD, drilled().context).value == 2
    assert name("copied_hosts_up", "zh") == "copied_hosts_up"
    assert rule("copied_hosts_up", "zh") == "Targets that answered."
