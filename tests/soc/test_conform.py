"""Rows made to fit the schema: nothing is refused, nothing is lost without a word."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc import schema
from soc._conform import above, conform, join
from soc.net import twin

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


def rows(**columns: object) -> pa.RecordBatch:
    """One row for each value of the first column, numbered from 1."""
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    base = {
        "@timestamp": pa.array([AT] * count, pa.timestamp("us", "UTC")),
        "soc.record": pa.array(range(1, count + 1), pa.int64()),
    }
    return pa.record_batch({**base, **columns})


def fitted(dataset: str = "flow", /, **columns: object) -> pa.Table:
    return conform(rows(**columns), dataset, -3, AT)


def plain_type(column: pa.ChunkedArray) -> pa.DataType:
    kind = column.type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def test_source_and_time_of_arrival_are_added() -> None:
    table = fitted(message=["a", "b"])

    assert table["soc.source_key"].to_pylist() == [-3, -3]
    assert table["event.ingested"].to_pylist() == [AT, AT]


def test_an_address_is_followed_by_its_twin() -> None:
    table = fitted(**{"source.ip": ["192.0.2.1", None, "2001:db8::1", "192.0.2.1"]})

    at = table.column_names.index("source.ip")
    assert table.column_names[at + 1] == "soc.twin.source.ip"
    four, six = twin("192.0.2.1"), twin("2001:db8::1")
    assert table["soc.twin.source.ip"].to_pylist() == [four, None, six, four]


def test_what_is_no_address_is_kept_as_text_without_a_twin() -> None:
    table = fitted(**{"source.ip": ["localhost", "192.0.2.1"]})

    assert table["source.ip"].to_pylist() == ["localhost", "192.0.2.1"]
    assert table["soc.twin.source.ip"].to_pylist() == [None, twin("192.0.2.1")]


def test_columns_come_in_the_order_of_the_schema_and_empty_ones_not_at_all() -> None:
    table = fitted(
        **{"message": ["m"], "event.action": ["a"], "source.mac": pa.nulls(1, pa.string())}
    )

    assert table.column_names == [
        "@timestamp",
        "event.ingested",
        "soc.source_key",
        "soc.record",
        "event.action",
        "message",
    ]


@pytest.mark.parametrize(
    ("name", "given", "stored"),
    [
        ("source.port", pa.array([443], pa.uint16()), 443),
        ("source.port", pa.array(["443"]), 443),
        ("source.bytes", pa.array([2**40], pa.uint64()), 2**40),
        ("source.bytes", pa.array([5.0]), 5),
        ("event.start", pa.array([999], pa.timestamp("ns")), datetime(1970, 1, 1, tzinfo=UTC)),
        ("message", pa.array([b"bytes"]), "bytes"),
        ("message", pa.array([12]), "12"),
        ("message", pa.array(["large"], pa.large_string()), "large"),
        ("event.category", pa.array(["network"]), ["network"]),
        ("event.category", pa.array([["a", None, "b"]]), ["a", None, "b"]),
        ("event.category", pa.array([["a"]], pa.large_list(pa.string())), ["a"]),
        ("soc.exporter_skew_s", pa.array([2], pa.int8()), 2.0),
    ],
)  # fmt: skip
def test_a_column_gets_the_type_of_the_schema(name: str, given: pa.Array, stored: object) -> None:
    table = fitted(**{name: given})

    assert plain_type(table[name]) == schema.arrow("flow").field(name).type
    assert table[name].to_pylist() == [stored]


def test_a_value_that_does_not_fit_its_column_is_kept_as_text() -> None:
    table = fitted(**{"source.bytes": pa.array([1, 2**63, None], pa.uint64())})

    assert table["source.bytes"].to_pylist() == [1, None, None]
    assert table["soc.other"].to_pylist() == [None, [("source.bytes", str(2**63))], None]


def test_unknown_columns_go_to_the_map_as_text() -> None:
    other = pa.array([[("vendor", "v")], None], pa.map_(pa.string(), pa.string()))
    table = fitted(**{"soc.other": other, "vendor.x": pa.array([1, None]), "vendor": ["w", "w"]})

    assert [dict(row) for row in table["soc.other"].to_pylist()] == [
        {"vendor": "v", "vendor.x": "1"},
        {"vendor": "w"},
    ]


def test_a_column_of_another_dataset_goes_to_the_map() -> None:
    assert fitted("health", **{"source.port": [1]})["soc.other"].to_pylist() == [
        [("source.port", "1")]
    ]


def test_what_is_ours_to_say_is_not_taken_from_a_row() -> None:
    table = fitted(**{"event.id": ["x"], "soc.source_key": [9], "soc.twin.source.ip": [b"x"]})

    assert table["soc.source_key"].to_pylist() == [-3]
    assert "soc.other" not in table.column_names


def test_text_is_cut_at_the_limit_counted_in_characters() -> None:
    limit = schema.TEXT_LIMIT
    table = fitted(message=["政" * limit, "政" * (limit + 1), None])

    assert [t and len(t) for t in table["message"].to_pylist()] == [limit, limit, None]
    assert table["soc.truncated"].to_pylist() == [None, ["message"], None]


def test_every_cut_column_is_named_once_beside_those_that_the_collector_cut() -> None:
    long = "x" * 9_000
    table = fitted(
        **{
            "message": pa.array([long]).dictionary_encode(),
            "event.category": [[long, "b"]],
            "soc.other": pa.array([[("k", long)]], pa.map_(pa.string(), pa.string())),
            "soc.truncated": [["url.full", "message"]],
        }
    )

    names = table["soc.truncated"].to_pylist()[0]
    assert sorted(names) == ["event.category", "message", "soc.other", "url.full"]
    assert [len(t) for t in table["event.category"].to_pylist()[0]] == [schema.TEXT_LIMIT, 1]
    assert len(table["soc.other"].to_pylist()[0][0][1]) == schema.TEXT_LIMIT


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, pa.array([b"ok", b"\xff\xfe"], pa.binary()).buffers()
    )
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), broken)
    pairs = pa.MapArray.from_arrays(pa.array([0, 1, 2], pa.int32()), pa.array(["a", "b"]), broken)

    table = fitted(**{"message": broken, "event.category": lists, "soc.other": pairs})

    assert table["message"].to_pylist() == ["ok", "\ufffd\ufffd"]
    assert table["event.category"].to_pylist() == [["ok"], ["\ufffd\ufffd"]]
    assert table["soc.other"].to_pylist() == [[("a", "ok")], [("b", "\ufffd\ufffd")]]


def test_a_dictionary_is_cut_to_the_values_that_occur() -> None:
    dictionary = pa.array([f"192.0.2.{n}" for n in range(200)])
    column = pa.DictionaryArray.from_arrays(pa.array([199, 3, 199], pa.int16()), dictionary)
    table = fitted(**{"source.ip": column})

    assert table["source.ip"].to_pylist() == ["192.0.2.199", "192.0.2.3", "192.0.2.199"]
    assert len(table["source.ip"].chunk(0).dictionary) == 2
    assert len(table["soc.twin.source.ip"].chunk(0).dictionary) == 2


def test_a_slice_of_rows_is_conformed_as_it_is() -> None:
    batch = rows(
        **{
            "message": ["a", "b", "c"],
            "event.category": [["x"], ["y", "z"], None],
            "source.ip": pa.array(["192.0.2.1", "192.0.2.2", "192.0.2.3"]).dictionary_encode(),
        }
    ).slice(1)

    table = conform(batch, "flow", 1, AT)

    assert table["event.category"].to_pylist() == [["y", "z"], None]
    assert table["source.ip"].to_pylist() == ["192.0.2.2", "192.0.2.3"]
    assert table["soc.record"].to_pylist() == [2, 3]


def test_rows_above_a_position_come_in_order_each_number_once() -> None:
    numbers = pa.array([5, 3, None, 5, 9, 4])
    batch = pa.record_batch({"soc.record": numbers, "message": list("abcdef")})

    new = above(batch, 3)

    assert new.to_pydict() == {"soc.record": [4, 5, 9], "message": ["f", "a", "e"]}


def test_tables_with_and_without_a_column_or_dictionary_are_joined() -> None:
    first = fitted(message=pa.array(["a", "b"]).dictionary_encode())
    second = fitted(message=["c"], **{"source.port": [1]})
    third = fitted(**{"event.action": ["x"]})

    table = join([first, second, third])

    assert table["message"].to_pylist() == ["a", "b", "c", None]
    assert table["source.port"].to_pylist() == [None, None, 1, None]
    assert table["message"].num_chunks == 1


VALUES = st.one_of(
    st.none(), st.text(max_size=5), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False),
    st.booleans(), st.binary(max_size=4), st.lists(st.text(max_size=3), max_size=2),
)  # fmt: skip
NAMES = [f.name for f in schema.of("dns").values() if f.name not in ("soc.record", "soc.other")]


@settings(max_examples=60)
@given(st.sampled_from(NAMES), VALUES, VALUES)
def test_no_value_in_no_column_stops_an_append(name: str, one: object, two: object) -> None:
    try:
        column = pa.array([one, two])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        column = pa.array([one, None])
    batch = pa.record_batch({"soc.record": [1, 2], name: column})

    table = conform(batch, "dns", 1, AT)

    wanted = schema.arrow("dns")
    assert all(plain_type(table[n]) == wanted.field(n).type for n in table.column_names)
