from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from soc.audit import Audit
from soc.store.sqlite import SqliteRecords
from tests.conftest import SetClock
from tests.contracts.records_suite import RecordsSuite


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.ndjson")


class TestSqlite(RecordsSuite):
    @pytest.fixture
    def records(self, tmp_path: Path, audit: Audit, clock: SetClock) -> Iterator[SqliteRecords]:
        records = SqliteRecords(tmp_path / "records.sqlite", audit, "jump1", clock)
        yield records
        records.close()
