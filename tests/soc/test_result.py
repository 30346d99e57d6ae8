"""``soc._result``: the columns of an answer; what is refused is in tests/contracts."""

from __future__ import annotations

import pyarrow as pa

from soc import _result, schema
from soc.query import Aggregate, Bucket, Measure, Select


def test_a_select_of_everything_has_the_columns_of_the_dataset() -> None:
    assert list(_result.select(Select("flow"))) == list(schema.of("flow"))


def test_twins_and_versions_may_be_named() -> None:
    found = _result.arrow(
        _result.select(Select("flow", columns=("soc.twin.source.ip", "soc.version")))
    )

    assert found == pa.schema([("soc.twin.source.ip", pa.binary()), ("soc.version", pa.int64())])


def test_an_aggregate_has_declared_types() -> None:
    query = Aggregate(
        "flow",
        (
            Measure("n", "count"),
            Measure("bytes", "sum", "source.port"),
            Measure("skew", "sum", "soc.exporter_skew_s"),
            Measure("last", "max", "@timestamp"),
            Measure("mean", "average", "source.port"),
        ),
        ("event.type", "source.ip"),
        Bucket(60),
    )

    assert _result.arrow(_result.aggregate(query)) == pa.schema(
        [
            ("bucket", pa.timestamp("us", "UTC")),
            ("event.type", pa.string()),
            ("source.ip", pa.string()),
            ("n", pa.int64()),
            ("bytes", pa.int64()),
            ("skew", pa.float64()),
            ("last", pa.timestamp("us", "UTC")),
            ("mean", pa.float64()),
        ]
    )


def test_columns_of_records_get_the_type_of_their_values() -> None:
    rows: list[dict[str, object]] = [
        {"count": 1, "mixed": 1, "none": None},
        {"count": 2, "mixed": "x"},
    ]

    found = _result.table(rows, dict.fromkeys(_result.record_names(rows)))

    assert found.schema == pa.schema(
        [("count", pa.int64()), ("mixed", pa.string()), ("none", pa.string())]
    )
    assert found.column("mixed").to_pylist() == ["1", "x"]
