from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from soc.context import Context
from soc.errors import ConfigError
from soc.maintenance import dropped, kept_days


def test_raw_events_are_kept_half_a_year_unless_a_reason_is_written_down() -> None:
    with pytest.raises(ConfigError, match="less than 180; write \\[store\\] retain_reason"):
        kept_days(30, "")


def test_a_written_reason_allows_fewer_days() -> None:
    assert kept_days(30, "磁盘扩容前的临时安排") == 30


def test_both_jobs_run_on_an_empty_log(context: Context) -> None:
    results = [context.jobs.run(n, {}, context).result for n in ("store compact", "store retain")]

    assert results == ["done", "done"]


def test_what_was_shipped_is_dropped_too(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    class Shipped:
        def retain(self, names: list[str], before: datetime) -> dict[str, int]:
            return {"flow": 3}

    store = context.config.store.model_copy(update={"engine": "elasticsearch"})
    config = context.config.model_copy(update={"store": store})
    engine: Any = Shipped()

    with caplog.at_level("INFO", "soc.maintenance"):
        dropped(180, replace(context, config=config, engine=engine))

    assert [record.__dict__["soc.dropped"] for record in caplog.records] == [3]
