from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from soc.audit import Audit
from soc.store.elastic_records import ElasticRecords
from soc.store.sqlite import SqliteRecords
from tests.conftest import SetClock
from tests.contracts.records_suite import RecordsSuite
from tests.elastic import recorded


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.ndjson")


class TestSqlite(RecordsSuite):
    @pytest.fixture
    def records(self, tmp_path: Path, audit: Audit, clock: SetClock) -> Iterator[SqliteRecords]:
        records = SqliteRecords(tmp_path / "records.sqlite", audit, "jump1", clock)
        yield records
        records.close()


class TestElasticsearch(RecordsSuite):
    @pytest.fixture
    def records(self, audit: Audit, clock: SetClock) -> Iterator[ElasticRecords]:
        with recorded.namespace() as name:
            records = recorded.opened(name, audit, clock)
            yield records
            records.close()


class TestElasticsearchInChunks(RecordsSuite):
    """Sets of more than one change are written alone, chunk by chunk."""

    @pytest.fixture
    def records(self, audit: Audit, clock: SetClock) -> Iterator[ElasticRecords]:
        with recorded.namespace() as name:
            records = recorded.opened(name, audit, clock, chunk=1)
            yield records
            records.close()
