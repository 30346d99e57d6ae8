"""Encoding: the same documents and ids as the reference, whatever a row holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc import schema
from soc.schema import DATASETS, TEXT_LIMIT, Type
from soc.store._elastic_document import MAP_LIMIT, document, identifier
from soc.store._elastic_names import ODD, WRITTEN
from soc.store._ship_encode import Body, encode, opened
from tests.contracts import engine_made as made
from tests.contracts.engines import START, numbered

HERE, VERSION = '主机 "1"', 7
Row = dict[str, Any]


def stored(rows: Sequence[Mapping[str, Any]], dataset: str = "flow") -> pa.RecordBatch:
    """The rows as the log has them, with only the columns that are named in one of them."""
    named = {name for row in rows for name in row}
    columns = [field for field in schema.arrow(dataset) if field.name in named]
    return pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=pa.schema(columns))


def as_dictionaries(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with text as dictionaries that hold more than occurs."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            whole = pa.concat_arrays([pa.array(["never", '"met"']), rows.column(at)])
            column = pc.dictionary_encode(whole)[2:]
            rows = rows.set_column(at, pa.field(field.name, column.type), column)
    return rows


def lines(body: Body) -> list[tuple[Any, Any]]:
    """Action and document of each row."""
    found = []
    for begin, end in zip(body.ends[:-1], body.ends[1:], strict=True):
        action, source, rest = body.data[begin:end].split(b"\n")
        assert rest == b""
        found.append((orjson.loads(action), strict(source)))
    return found


def strict(source: bytes) -> Any:
    """A JSON object in which no key is met twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        assert len(found) == len(pairs)
        return found

    return json.loads(source, object_pairs_hook=once)


def check(rows: pa.RecordBatch, dataset: str = "flow") -> list[Any]:
    """The documents, once all of them were found equal to the reference's."""
    python = rows.to_pylist()
    ids = [identifier(row, HERE) for row in python]
    wanted = [orjson.dumps(document(row, dataset, HERE, VERSION)) for row in python]
    for one in (rows, as_dictionaries(rows), rows.slice(1), as_dictionaries(rows).slice(1)):
        body = encode(one, dataset, HERE, VERSION)
        skipped = len(python) - one.num_rows
        assert list(body.ids) == ids[skipped:]
        assert lines(body) == [
            ({"create": {"_id": name}}, orjson.loads(source))
            for name, source in zip(ids[skipped:], wanted[skipped:], strict=True)
        ]
    return [orjson.loads(source) for source in wanted]


def column(name: str, values: Sequence[Any], dataset: str = "flow") -> list[Any]:
    """The documents of rows that differ in one column, all of them in one batch and each alone."""
    rows = numbered([{name: value} for value in values])
    for row in rows:
        check(stored([row], dataset), dataset)
    return check(stored(rows, dataset), dataset)


# -- made rows -------------------------------------------------------------------------------

_TEXT = st.one_of(
    st.lists(st.sampled_from(made.PARTS), max_size=3).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["x" * TEXT_LIMIT, "中" * (TEXT_LIMIT + 1)]),
)
_ADDRESS = st.sampled_from(made.ADDRESSES) | st.ip_addresses().map(str)
_VALUES: Mapping[Type, st.SearchStrategy[Any]] = {
    Type.KEYWORD: _TEXT,
    Type.TEXT: _TEXT,
    Type.IP: _ADDRESS,
    Type.DATE: st.datetimes(timezones=st.just(UTC))
    | st.integers(0, 1 << 40).map(lambda us: START + timedelta(microseconds=us)),
    Type.INTEGER: st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(0, 70_000),
    Type.LONG: st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(0, 1 << 34),
    Type.DOUBLE: st.floats(),
    Type.BOOLEAN: st.booleans(),
    Type.KEYWORDS: st.lists(_TEXT | st.none(), max_size=3),
    Type.IPS: st.lists(_ADDRESS | st.none(), max_size=3),
    Type.MAP: st.lists(st.tuples(_TEXT, _TEXT | st.none()), max_size=3),
}
_IDENTITY = ("event.ingested", "soc.source_key", "soc.record")


@st.composite
def rows_of(draw: st.DrawFn, dataset: str) -> list[Row]:
    """Rows in which any stored column may be absent, but not those that make the id."""
    kinds = {name: f.type for name, f in schema.of(dataset).items() if not f.virtual}
    names = draw(st.lists(st.sampled_from(sorted(kinds)), unique=True, max_size=8))
    rows = [
        {name: draw(_VALUES[kinds[name]] | st.none()) for name in names if name not in _IDENTITY}
        for _ in range(draw(st.integers(1, 4)))
    ]
    records = draw(st.lists(_VALUES[Type.LONG], min_size=len(rows), max_size=len(rows)))
    identified = zip(rows, records, strict=True)
    return numbered([row | {"soc.record": record} for row, record in identified])


@pytest.mark.parametrize("dataset", DATASETS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_made_row_is_written_as_the_reference_writes_it(
    dataset: str, data: st.DataObject
) -> None:
    check(stored(data.draw(rows_of(dataset)), dataset), dataset)


@pytest.mark.parametrize("dataset", made.COLUMNS)
def test_many_rows_at_once_are_written_as_the_reference_writes_them(dataset: str) -> None:
    check(stored(made.rows(dataset, 1_000, 11), dataset), dataset)


@pytest.mark.parametrize("dataset", DATASETS)
def test_rows_without_odd_values_in_every_column_are_written_as_the_reference_writes_them(
    dataset: str,
) -> None:
    random = Random(dataset)
    kinds = {name: f.type for name, f in schema.of(dataset).items() if not f.virtual}
    for name in _IDENTITY:
        del kinds[name]

    found = check(stored(numbered([_filled(kinds, random) for _ in range(150)]), dataset), dataset)

    assert not [one for one in found if ODD in one]


def _filled(kinds: Mapping[str, Type], random: Random) -> Row:
    is_there = {name: name == "@timestamp" or random.random() < 0.8 for name in kinds}
    return {name: _usual(kind, random) for name, kind in kinds.items() if is_there[name]}


def _usual(kind: Type, random: Random) -> Any:
    """A value that the server can hold as it is."""
    text = random.choice(["tcp", "", "中\U0001f600", '"\\', "\0\n", f"{random.random()}"])
    address = random.choice(["::1", "192.0.2.1", f"198.51.100.{random.randrange(256)}"])
    after = timedelta(microseconds=random.randrange(10 ** random.randint(1, 15)))
    usual: Mapping[Type, Any] = {
        Type.IP: address,
        Type.IPS: [address, None, "::"][: random.randint(0, 3)],
        Type.DATE: START + after,
        Type.INTEGER: random.randrange(10 ** random.randint(1, 9)),
        Type.LONG: random.randrange(10 ** random.randint(1, 18)),
        Type.DOUBLE: random.random() * 10 ** random.randint(-9, 9),
        Type.BOOLEAN: random.random() < 0.5,
        Type.KEYWORDS: [text, None, "b"][: random.randint(0, 3)],
        Type.MAP: [("a", text), ("b", None)][: random.randint(0, 2)],
    }
    return usual.get(kind, text)


# -- each type at its edges ------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        (0, 9, 10, 999, 1_000, 4_095, 4_096, 9_999, 10_000, 10_001, 65_535, 99_999_999),
        (100_000_000, 100_010_000, 1_000_000_001, (1 << 31) - 1, 0, None),
        (1 << 31, (1 << 53) + 1, 10**16, 10**16 + 1, 10**12, 9 * 10**18, (1 << 63) - 1, 7),
        (-1, 0, 1, -(1 << 63), (1 << 63) - 1),
        (-5, 5, None),
        (None, 10_000, 20_000),
        (4_096,),
        (70_000, 70_001, 74_000),
        ((1 << 63) - 1, None),
        ((1 << 63) - 1, (1 << 63) - 2),
        (-(1 << 63), 1 - (1 << 63), None),
    ],
)
def test_whole_numbers_keep_every_digit(values: tuple[int | None, ...]) -> None:
    found = column("source.bytes", values)

    assert [one.get("source.bytes") for one in found] == list(values)


def test_numbers_of_32_bits_keep_every_digit() -> None:
    values = [0, 7, 443, 4_096, 9_999, 10_000, 65_535, (1 << 31) - 1, None]

    found = column("source.port", values)

    assert [one.get("source.port") for one in found] == values


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), -0.0])
def test_fractions_stay_themselves_and_odd_ones_stand_beside(odd: float) -> None:
    values = [0.0, 0.1, 1e300, -1e-300, 5e-324, 443.0, None, odd, 2.0**53]

    found = column("soc.exporter_skew_s", values)

    assert [one.get("soc.exporter_skew_s") for one in found] == [*values[:7], None, 2.0**53]
    assert found[7][WRITTEN] == {"soc.exporter_skew_s": repr(odd)}


def test_times_have_microseconds() -> None:
    parts = [0, 1, 999, 1_000, 999_999, 59_999_999, 60_000_000, 86_399_999_999]

    found = column("event.start", [START + timedelta(microseconds=us) for us in parts] + [None])

    assert found[3]["event.start"] == "2026-03-18T01:00:00.001000Z"
    assert found[7]["event.start"] == "2026-03-19T00:59:59.999999Z"


def test_times_of_whole_milliseconds_of_many_years_are_written_out() -> None:
    found = column("event.start", [START + timedelta(days=day) for day in range(0, 60_000, 9_000)])

    assert found[-1]["event.start"] == "2174-01-21T01:00:00.000000Z"


@pytest.mark.parametrize(
    "at",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2262, 4, 11, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_time_out_of_bounds_stands_beside(at: datetime) -> None:
    last = datetime(2262, 4, 10, 23, 59, 59, 999_999, tzinfo=UTC)

    found = column("event.start", [at, START, None, last])

    assert [ODD in one for one in found] == [True, False, False, False]


def test_an_absent_time_is_the_arrivals() -> None:
    rows = stored(numbered([{"@timestamp": None}, {}, {"@timestamp": None}]))

    assert [ODD in one for one in check(rows)] == [True, False, True]
    assert all(ODD in one for one in check(rows.drop_columns(["@timestamp"])))


def test_a_time_that_no_calendar_holds_is_absent() -> None:
    rows = stored(numbered([{"event.start": START}, {"event.start": START}]))
    beyond = pa.array([1 << 62, 1_000_000]).cast(pa.timestamp("us", "UTC"))

    body = encode(rows.set_column(4, "event.start", beyond), "flow", HERE, VERSION)

    found = [source for _, source in lines(body)]
    assert rows.schema.names[4] == "event.start"
    assert [one.get("event.start") for one in found] == [None, "1970-01-01T00:00:01.000000Z"]


@pytest.mark.parametrize("name", ["event.type", "soc.other"])
def test_absent_and_empty_are_two_things(name: str) -> None:
    found = column(name, [None, []])

    assert name not in found[0]
    assert not found[1][name]
    assert name in found[1]


def test_every_control_character_and_every_plane_is_written() -> None:
    texts = [chr(code) for code in (*range(0xA0), 0x2028, 0xFFFF, 0x1F600, 0x10FFFF)]

    column("message", [*texts, "".join(texts), '\\"', "\\u0000", "\\\n\\"])


def test_text_at_the_limit_is_held_and_above_stands_beside() -> None:
    texts = ["中" * TEXT_LIMIT, "x" * TEXT_LIMIT, "中" * (TEXT_LIMIT + 1), "x" * (TEXT_LIMIT + 1)]

    found = column("message", [*texts, None, "short"])

    assert [ODD in one for one in found] == [False, False, True, True, False, False]


@pytest.mark.parametrize("name", ["source.ip", "message", "soc.vrf"])
def test_few_texts_in_many_rows_are_written_once_and_odd_ones_too(name: str) -> None:
    texts = ["192.0.2.1", "2001:db8::1", None, "2001:DB8::1", "N/A", '"', "x" * 9_000, ""]

    check(stored(numbered([{name: text} for text in texts * 40])))


def test_addresses_are_canonical() -> None:
    good = ["0.0.0.0", "255.255.255.255", "192.0.2.10", "::", "::1", "2001:db8::1:0:0:1"]
    odd = ["192.0.2.010", "256.1.1.1", "192.0.2.1\n", "::ffff:192.0.2.1", "2001:DB8::1", "1:0::1"]

    found = column("source.ip", [*good, *odd, *made.ADDRESSES, None])

    assert [ODD in one for one in found[:12]] == [False] * 6 + [True] * 6


def test_lists_keep_their_order_and_their_absent_elements() -> None:
    column("event.type", [["b", "a", "b"], [None], [], None, ["", None], ["x" * 8_192], ['"']])


def test_lists_of_addresses_are_canonical() -> None:
    name, dataset = "dns.resolved_ip", "dns"
    lists = [["192.0.2.1", "::1"], [None], [], None, ["::1", "N/A"], ["N/A"], ["2001:DB8::1"]]

    found = column(name, lists, dataset)

    assert [ODD in one for one in found] == [False] * 4 + [True] * 3


def test_maps_are_objects_and_a_key_met_twice_is_written_once() -> None:
    long = "k" * (MAP_LIMIT - 1)
    maps = [
        [("k", "v"), ("K", None)],
        [("k", "first"), ("k", "last")],
        [('a"b', "\n"), ("键", "值")],
        [("", "empty")],
        [("a\0b", "nul")],
        [(long, "v")],
        [(long, "vv")],
        None,
    ]

    found = column("soc.other", maps)

    assert [ODD in one for one in found] == [False] * 3 + [True] * 2 + [False, True, False]
    assert found[1]["soc.other"] == {"k": "last"}


def test_a_truth_is_a_truth() -> None:
    found = column("soc.match.backfill", [True, False, None], "match")

    assert [one.get("soc.match.backfill") for one in found] == [True, False, None]


# -- the body --------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS)
def test_no_row_is_no_byte(dataset: str) -> None:
    rows = pa.RecordBatch.from_pylist([], schema=schema.arrow(dataset))

    body = encode(rows, dataset, HERE, VERSION)

    assert (body.data, body.ends.tolist(), list(body.ids)) == (b"", [0], [])


def test_twins_and_columns_of_others_are_left_out() -> None:
    rows = stored(numbered([{"source.ip": "192.0.2.1", "soc.twin.source.ip": b"x" * 16}]))
    rows = rows.append_column("no.such", pa.array([1]))

    ((_, found),) = lines(encode(rows, "flow", HERE, VERSION))

    assert "source.ip" in found
    assert not [name for name in found if name.startswith(schema.TWIN) or name == "no.such"]


def test_ids_can_be_asked_for_one_by_one() -> None:
    rows = stored(numbered([{}] * 5))
    wanted = [identifier(row, HERE) for row in rows.to_pylist()]

    ids = encode(rows, "flow", HERE, VERSION).ids

    assert [ids[0], ids[-1], *ids[1:3]] == [wanted[0], wanted[-1], *wanted[1:3]]
    with pytest.raises(IndexError):
        ids[5]


@pytest.mark.parametrize(
    "at",
    [START, START + timedelta(microseconds=999_999), datetime(1969, 5, 1, 1, 1, 1, 5, tzinfo=UTC)],
)
def test_an_id_begins_with_the_second_of_arrival(at: datetime) -> None:
    check(stored(numbered([{"event.ingested": at, "soc.source_key": -(1 << 63)}])))


def test_rows_read_from_a_file_with_its_dictionaries_are_the_same(tmp_path: Path) -> None:
    rows = stored(made.rows("flow", 500, 3))
    file = tmp_path / "part.parquet"
    pq.write_table(pa.Table.from_batches([rows]), file, store_schema=False)

    found: list[Any] = []
    for some in opened(file, "flow").iter_batches(batch_size=128):
        found += lines(encode(some, "flow", HERE, VERSION))

    assert found == lines(encode(rows, "flow", HERE, VERSION))


def test_a_dataset_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        encode(stored(numbered([{}])), "no such", HERE, VERSION)
