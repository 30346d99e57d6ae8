from __future__ import annotations

from soc.metrics import number, question
from tests.soc.metrics._world import PERIOD, World, source


def value(made: World, metric: str) -> float | None:
    return number(metric, question(PERIOD, made.context)).value


def test_a_declared_source_that_delivers_nothing_is_silent() -> None:
    made = World()
    made.records.put(source("waf-1"), source("edge"))
    made.live("edge", range(24))

    assert (value(made, "sources_live"), value(made, "sources_silent")) == (1, 1)
    assert value(made, "data_coverage") == 0.5


def test_a_scanner_is_no_source_of_telemetry() -> None:
    made = World()
    made.records.put(source("scan-1", type="scanner"))
    made.live("edge", range(24))

    assert value(made, "sources_silent") == 0


def test_without_any_source_there_is_no_coverage() -> None:
    assert value(World(), "data_coverage") is None
