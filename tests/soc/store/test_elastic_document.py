"""Documents: what the server holds of a row, and the row back again."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from soc import net, schema
from soc._columns import columns_of
from soc.schema import Type
from soc.store._elastic_document import document, event, identifier
from soc.store._elastic_names import ODD, ORIGIN_HOST, WRITTEN
from soc.store._elastic_rows import batch
from tests.contracts import engine_made as made
from tests.contracts.engines import START, numbered

ROW = numbered([{}])[0]


def _document(**values: Any) -> dict[str, Any]:
    return document(ROW | values, "flow", "here", 7)


def test_a_document_holds_its_host_and_its_version_and_nothing_that_is_absent() -> None:
    assert _document() == {
        "soc.origin_host": "here",
        "soc.version": 7,
        "@timestamp": "2026-03-18T01:00:01.000000Z",
        "event.ingested": "2026-03-18T01:00:00.000000Z",
        "soc.source_key": -5,
        "soc.record": 1,
    }


def test_twins_are_left_out() -> None:
    found = _document(**{"source.ip": "192.0.2.1", "soc.twin.source.ip": b"x" * 16})

    assert found["source.ip"] == "192.0.2.1"
    assert not [name for name in found if name.startswith(schema.TWIN)]


def test_an_address_in_another_spelling_is_odd() -> None:
    found = _document(**{"source.ip": "2001:DB8:0::1"})

    assert (found["source.ip"], found[ODD]) == ("2001:db8::1", ["source.ip"])
    assert found[WRITTEN] == {"source.ip": "2001:DB8:0::1"}


def test_what_is_no_address_stands_beside() -> None:
    found = _document(**{"source.ip": "N/A"})

    assert "source.ip" not in found
    assert found[WRITTEN] == {"source.ip": "N/A"}


def test_an_absent_time_is_odd_and_the_arrival_takes_its_place() -> None:
    found = _document(**{"@timestamp": None})

    assert found["@timestamp"] == found["event.ingested"]
    assert found[WRITTEN] == {"@timestamp": None}
    assert event(found)["@timestamp"] is None


def test_a_time_that_the_server_cannot_hold_is_odd() -> None:
    early = datetime(1969, 12, 31, tzinfo=UTC)

    found = _document(**{"@timestamp": early, "event.start": early})

    assert found[ODD] == ["@timestamp", "event.start"]
    assert "event.start" not in found


def test_text_beyond_the_limit_is_odd() -> None:
    text = "x" * 8_192

    found = _document(message=text)

    assert "message" not in found
    assert found[WRITTEN] == {"message": text}


def test_an_id_has_32_characters_and_is_ordered_by_arrival() -> None:
    later = ROW | {"event.ingested": START + timedelta(seconds=1), "soc.source_key": -9}

    ids = [identifier(row, "here") for row in (ROW, later)]

    assert [len(one) for one in ids] == [32, 32]
    assert identifier(ROW, "there") != ids[0]
    assert identifier(ROW, "here") == ids[0]


_AT = st.datetimes(timezones=st.just(UTC))
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES = {
    Type.KEYWORD: _TEXT,
    Type.TEXT: _TEXT,
    Type.IP: st.sampled_from(made.ADDRESSES) | st.ip_addresses().map(str),
    Type.DATE: _AT,
    Type.INTEGER: st.integers(-(1 << 31), (1 << 31) - 1),
    Type.LONG: st.integers(-(1 << 63), (1 << 63) - 1),
    Type.DOUBLE: st.floats(),
    Type.BOOLEAN: st.booleans(),
    Type.KEYWORDS: st.lists(_TEXT | st.none(), max_size=3),
    Type.IPS: st.lists(st.sampled_from(made.ADDRESSES) | st.none(), max_size=3),
    Type.MAP: st.dictionaries(_TEXT, _TEXT, max_size=3).map(lambda d: list(d.items())),
}
_FIELDS = ("message", "soc.vrf", "source.ip", "source.port", "source.bytes", "event.start")
_MORE = ("soc.exporter_skew_s", "event.type", "soc.other", "@timestamp")


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(_FIELDS + _MORE), unique=True))
    kinds = {name: schema.of("flow")[name].type for name in names}
    return ROW | {name: draw(_VALUES[kind]) for name, kind in kinds.items()}


@given(row=_rows())
def test_a_row_comes_back_as_it_was(row: dict[str, Any]) -> None:
    types = {name: f.type for name, f in schema.of("flow").items() if not f.virtual}
    wanted = pa.RecordBatch.from_pylist([row], schema=pa.schema(
        [(name, schema.arrow_type(kind)) for name, kind in types.items()]
    ))  # fmt: skip

    sent = orjson.loads(orjson.dumps(document(row, "flow", "here", 1)))
    found = batch([event(sent)], types, columns_of("flow"))

    assert _comparable(found) == _comparable(wanted)
    assert event(sent)[ORIGIN_HOST] == "here"


def _comparable(rows: pa.RecordBatch) -> dict[str, Any]:
    (row,) = rows.to_pylist()
    return {name: repr(v) if isinstance(v, float) else v for name, v in row.items()}


@given(value=st.floats())
def test_a_double_is_odd_where_json_or_the_index_cannot_hold_it(value: float) -> None:
    is_odd = ODD in _document(**{"soc.exporter_skew_s": value})

    assert is_odd is (not math.isfinite(value) or str(value) == "-0.0")


@given(address=st.ip_addresses().map(str))
def test_a_canonical_address_is_not_odd(address: str) -> None:
    canonical = net.untwin(net.twin(address))

    assert ODD not in _document(**{"source.ip": canonical})


def test_twins_are_worked_out_where_they_are_asked_for() -> None:
    twin = "soc.twin.source.ip"

    assert event({"source.ip": "192.0.2.1"}, [twin])[twin] == net.twin("192.0.2.1")
    assert event({"source.ip": "N/A"}, [twin])[twin] is None
