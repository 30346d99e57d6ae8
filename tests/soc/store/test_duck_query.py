"""``soc.store._duck_query``: the SQL of questions, golden; answers are in tests/contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from soc import _result
from soc._columns import columns_of
from soc.query import Aggregate, Measure, Order, Period, Select
from soc.store._duck_query import Source, groups, rows
from soc.store._duck_relation import Relation
from soc.where import Cidr, Equals


@dataclass(frozen=True)
class File:
    path: Path
    version: int | None = None
    ingested_from: datetime | None = None


def _source(*files: File, stored: frozenset[str], is_uniform: bool = True) -> Source:
    return Source(files, Relation(columns_of("flow"), stored), is_uniform)


PLAIN = _source(File(Path("/l/it's.parquet")), stored=frozenset({"@timestamp", "source.port"}))


def test_a_select_is_one_statement() -> None:
    day = datetime(2026, 3, 18, tzinfo=UTC)
    query = Select(
        "flow",
        Equals("source.port", 80),
        period=Period(day, day),
        order=(Order("source.port", True),),
        limit=5,
    )

    assert rows(query, ("source.port", "soc.vrf"), PLAIN).text == (
        'SELECT "source.port" AS "source.port", NULL::VARCHAR AS "soc.vrf"'
        " FROM read_parquet(['/l/it''s.parquet'], hive_partitioning=false)"
        " WHERE ((\"@timestamp\" >= '2026-03-18T00:00:00.000000+00:00'::TIMESTAMPTZ"
        " AND \"@timestamp\" < '2026-03-18T00:00:00.000000+00:00'::TIMESTAMPTZ)"
        ' AND ("source.port" IN (80)))'
        ' ORDER BY "source.port" DESC NULLS LAST LIMIT 5'
    )


def test_a_limit_waits_for_the_evaluator() -> None:
    source = _source(File(Path("/l/a")), stored=frozenset({"message"}))

    found = rows(Select("flow", Cidr("message", "::/0"), limit=5), ("message",), source)

    assert not found.exact
    assert "LIMIT" not in found.text


def test_files_of_different_columns_are_united_by_name() -> None:
    source = _source(File(Path("/l/a")), File(Path("/l/b")), stored=frozenset(), is_uniform=False)

    assert "union_by_name=true" in source.table()


def test_no_files_are_an_empty_relation() -> None:
    assert _source(stored=frozenset()).table() == "(SELECT NULL::BIGINT AS nothing WHERE FALSE)"


def test_versions_are_joined_only_where_they_are_asked() -> None:
    file = File(Path("/l/a"), 7)

    assert "JOIN" not in _source(file, stored=frozenset()).table()
    assert (
        "('/l/a', 7::BIGINT, NULL::TIMESTAMPTZ)"
        in _source(file, stored=frozenset({"soc.version"})).table()
    )


def test_groups_come_in_one_order() -> None:
    query = Aggregate("flow", (Measure("n", "count"),), ("source.port",), order=(Order("n", True),))

    found = groups(query, _result.aggregate(query), PLAIN)

    assert found.text.endswith('ORDER BY "n" DESC NULLS LAST, "source.port" ASC NULLS LAST')
