from __future__ import annotations

import pytest

from soc.context import Context
from soc.errors import ConfigError
from soc.maintenance import kept_days


def test_raw_events_are_kept_half_a_year_unless_a_reason_is_written_down() -> None:
    with pytest.raises(ConfigError, match="less than 180; write \\[store\\] retain_reason"):
        kept_days(30, "")


def test_a_written_reason_allows_fewer_days() -> None:
    assert kept_days(30, "磁盘扩容前的临时安排") == 30


def test_both_jobs_run_on_an_empty_log(context: Context) -> None:
    results = [context.jobs.run(n, {}, context).result for n in ("store compact", "store retain")]

    assert results == ["done", "done"]
