"""The engine on the real server: hosts and their windows, pages, and what is counted where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc import net
from soc.fold import NEW, fold
from soc.query import Aggregate, Bucket, Measure, Order, Select, Window
from soc.store import _elastic_pages
from soc.store._elastic_client import probe
from soc.store._elastic_marks import publish, published
from soc.store._elastic_names import NORMALIZER, stream
from soc.store._elastic_templates import FOLDING
from soc.store.elastic import ElasticEngine
from soc.where import Contains, Equals, Keyword, Not, Prefix, Range, Some, Where
from tests.contracts.engines import START, NoRecords, Row, numbered
from tests.elastic import shipped

PORT = ("source.port",)
COUNT = Measure("n", "count")


def _engine(*hosts: str) -> ElasticEngine:
    return shipped.engine(NoRecords(), frozenset(hosts))


def _ports(engine: ElasticEngine, query: Select) -> list[Any]:
    return [row["source.port"] for batch in engine.select(query) for row in batch.to_pylist()]


def _commits(*commits: Sequence[int]) -> list[list[Row]]:
    """Commits of rows with these ports; numbers of records go on from commit to commit."""
    rows = iter(numbered({"source.port": port} for commit in commits for port in commit))
    return [[next(rows) for _ in commit] for commit in commits]


def test_a_window_holds_each_host_from_its_own_version_on() -> None:
    here = shipped.ship("flow", _commits([1], [2, 3], [4]))
    there = shipped.ship("flow", _commits([5], [6]))
    engine = _engine(here, there)
    window = Window({here: 0}, {here: 1, there: 0})

    assert sorted(_ports(engine, Select("flow", columns=PORT, window=window))) == [2, 3, 5]


def test_what_is_not_published_is_in_no_window() -> None:
    first, second = _commits([1], [2])
    here = shipped.ship("flow", [first])
    shipped.put("flow", [second], here, first=1)
    engine = _engine(here)

    window = engine.window("flow", {})

    assert window == Window({}, {here: 0})
    assert _ports(engine, Select("flow", columns=PORT, window=window)) == [1]
    assert sorted(_ports(engine, Select("flow", columns=PORT))) == [1, 2]


def test_marks_of_hosts_stand_side_by_side() -> None:
    here, there = shipped.host(), shipped.host() + ".a.b"
    for host, version in ((here, 1), (there, 5), (here, 2)):
        publish(shipped.client(), shipped.NAMESPACE, "dns", host, version)

    found = published(shipped.client(), shipped.NAMESPACE, "dns")

    assert (found[here], found[there]) == (2, 5)
    assert published(shipped.client(), "nobody", "dns") == {}


def test_the_version_of_a_row_can_be_asked_for() -> None:
    engine = _engine(shipped.ship("flow", _commits([1], [2])))
    query = Select("flow", columns=("source.port", "soc.version"), order=(Order("source.port"),))

    found = [tuple(row.values()) for batch in engine.select(query) for row in batch.to_pylist()]

    assert found == [(1, 0), (2, 1)]


def test_nothing_was_ever_shipped() -> None:
    engine = ElasticEngine(shipped.client(), NoRecords(), "nobody")

    (batch,) = engine.select(Select("flow", columns=PORT))
    groups = engine.aggregate(Aggregate("flow", (COUNT,), PORT))
    whole = engine.aggregate(Aggregate("flow", (COUNT, Measure("s", "sum", "source.bytes"))))

    assert (batch.num_rows, batch.schema.names) == (0, ["source.port"])
    assert groups.num_rows == 0
    assert whole.to_pylist() == [{"n": 0, "s": None}]
    assert list(engine.match(Select("flow"), {"a": Equals("source.port", 1)})) == []
    assert dict(engine.newest("flow")) == {}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_elastic_pages, "PAGE", 7)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("column", ["source.port", "event.start", "soc.vrf", "soc.exporter_skew_s"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_in_an_order_lose_nothing_where_values_are_absent(
    column: str, descending: bool
) -> None:
    values: dict[str, Any] = {
        "source.port": 80,
        "event.start": START + timedelta(microseconds=1),
        "soc.vrf": "a",
        "soc.exporter_skew_s": 0.5,
    }
    rows = numbered([{column: values[column]} if n % 3 else {} for n in range(50)])
    engine = _engine(shipped.ship("flow", [rows]))
    query = Select("flow", columns=("soc.record", column), order=(Order(column, descending),))

    found = [row for batch in engine.select(query) for row in batch.to_pylist()]

    there = [row["soc.record"] for row in rows if column in row]
    absent = [row["soc.record"] for row in rows if column not in row]
    assert [row["soc.record"] for row in found] == there + absent


@pytest.mark.usefixtures("small_pages")
def test_pages_without_an_order_lose_nothing() -> None:
    engine = _engine(shipped.ship("flow", _commits(range(50))))

    assert sorted(_ports(engine, Select("flow", columns=PORT))) == list(range(50))
    assert len(_ports(engine, Select("flow", columns=PORT, limit=20))) == 20


@pytest.mark.usefixtures("small_pages")
def test_pages_of_groups_lose_nothing() -> None:
    engine = _engine(shipped.ship("flow", _commits([*range(50), *range(20)])))
    query = Aggregate("flow", (COUNT, Measure("d", "distinct", "soc.record")), PORT)

    found = engine.aggregate(query).to_pylist()

    assert [tuple(row.values()) for row in found] == [
        (port, 1 + (port < 20), 1 + (port < 20)) for port in range(50)
    ]


def test_rows_before_and_after_a_rollover_are_one_stream() -> None:
    engine = _engine(host := shipped.ship("scan", _commits([1])))
    shipped.client().indices.rollover(alias=stream("scan", shipped.NAMESPACE))
    shipped.ship("scan", [[], [numbered([{}, {"source.port": 2}])[1]]], host)

    found = _ports(engine, Select("scan", columns=PORT, order=(Order("soc.record"),)))

    assert found == [1, 2]


class Counting(ElasticEngine):
    """Tells whether rows were fetched to be counted here."""

    fetched = False

    def _gathered(self, *arguments: Any) -> Iterator[dict[str, Any]]:
        self.fetched = True
        return super()._gathered(*arguments)


def _counting(rows: Sequence[Row]) -> Counting:
    host = shipped.ship("flow", [numbered(rows)])
    return Counting(shipped.client(), NoRecords(), shipped.NAMESPACE, frozenset({host}))


_FLOWS = [
    {"source.ip": f"192.0.2.{n % 5}", "source.bytes": n * 1000, "network.transport": "tcp"}
    for n in range(20)
]
_MEASURES = (
    COUNT,
    Measure("bytes", "sum", "source.bytes"),
    Measure("first", "min", "@timestamp"),
    Measure("last", "max", "@timestamp"),
    Measure("peers", "distinct", "source.bytes"),
    Measure("median", "percentile", "source.bytes"),
)


def test_what_reports_ask_is_counted_by_the_server() -> None:
    engine = _counting(_FLOWS)
    query = Aggregate(
        "flow",
        _MEASURES,
        ("source.ip",),
        Bucket(86_400, zone="Asia/Shanghai"),
        where=Equals("network.transport", "TCP"),
        order=(Order("bytes", True),),
        limit=1,
    )

    (row,) = engine.aggregate(query).to_pylist()

    assert not engine.fetched
    assert (row["source.ip"], row["n"], row["bytes"]) == ("192.0.2.4", 4, 46_000)
    assert (row["first"], row["last"]) == (
        START + timedelta(seconds=5),
        START + timedelta(seconds=20),
    )
    assert (row["peers"], row["median"]) == (4, 11_500.0)


@pytest.mark.parametrize(
    ("more", "query"),
    [
        ({"source.ip": "N/A"}, Aggregate("flow", (COUNT,), ("source.ip",))),
        ({"source.bytes": 1 << 60}, Aggregate("flow", (Measure("s", "sum", "source.bytes"),))),
        (
            {"source.bytes": (1 << 53) + 1},
            Aggregate("flow", (Measure("s", "max", "source.bytes"),)),
        ),
        ({}, Aggregate("flow", (COUNT,), ("soc.other.k",))),
        ({}, Aggregate("flow", (COUNT,), bucket=Bucket(50_000))),
        ({}, Aggregate("flow", (COUNT,), where=Prefix("source.ip", "192."))),
        ({}, Aggregate("flow", (COUNT,), latest_by="network.transport")),
    ],
    ids=repr,
)
def test_what_the_server_cannot_count_exactly_is_counted_here(more: Row, query: Aggregate) -> None:
    engine = _counting([*_FLOWS, more])

    engine.aggregate(query)

    assert engine.fetched


def test_a_zone_whose_clock_changed_is_binned_here() -> None:
    rows = [{"@timestamp": START + timedelta(days=days)} for days in (0, 30)]
    engines = {zone: _counting(rows) for zone in ("Europe/Berlin", "Asia/Shanghai")}

    for zone, engine in engines.items():
        engine.aggregate(Aggregate("flow", (COUNT,), bucket=Bucket(3_600, zone=zone)))

    assert {zone: engine.fetched for zone, engine in engines.items()} == {
        "Europe/Berlin": True,
        "Asia/Shanghai": False,
    }


def test_more_filters_than_one_search_takes_find_what_each_finds() -> None:
    engine = _engine(shipped.ship("flow", _commits(range(100))))
    wheres: dict[str, Where] = {str(port): Equals("source.port", port) for port in range(100)}
    wheres["none"] = Range("source.port", 1000)
    wheres["latest"] = Not(Range("source.port", 1))

    found = dict(engine.match(Select("flow", columns=PORT), wheres))

    assert {name: batch.column(0).to_pylist() for name, batch in found.items()} == {
        **{str(port): [port] for port in range(100)},
        "latest": [0],
    }


def test_filters_of_more_clauses_than_the_server_takes_find_what_they_find() -> None:
    rows = numbered({"message": f"word{n}x"} for n in range(3))
    engine = _engine(shipped.ship("flow", [rows]))
    words = [f"WORD{n}X" for n in range(400)]
    wheres: dict[str, Where] = {
        "huge": Some(tuple(map(Keyword, words))),
        **{word: Some((Keyword(word), Keyword("nothing"))) for word in words[:12]},
    }

    found = dict(engine.match(Select("flow", columns=("soc.record",)), wheres))

    assert {name: batch.column(0).to_pylist() for name, batch in found.items()} == {
        "huge": [1, 2, 3],
        "WORD0X": [1],
        "WORD1X": [2],
        "WORD2X": [3],
    }


def test_filters_see_the_latest_rows_only() -> None:
    rows = numbered(
        {"soc.usage.key": "a", "soc.usage.flows": n, "soc.other": {"k": "v"}} for n in (9, 1)
    )
    engine = _engine(shipped.ship("usage", [rows]))
    query = Select("usage", columns=("soc.usage.flows",), latest_by="soc.usage.key")
    wheres: dict[str, Where] = {
        "outdated": Range("soc.usage.flows", 5),
        "newest": Equals("soc.other.k", "V"),
    }

    found = {name: batch.to_pylist() for name, batch in engine.match(query, wheres)}

    assert found == {"newest": [{"soc.usage.flows": 1}]}


def test_text_at_the_limit_is_found_whole() -> None:
    text = "\U00010400" * 8_190 + "Z"
    engine = _engine(shipped.ship("flow", [numbered([{"message": text}, {"message": text[1:]}])]))
    wheres: dict[str, Where] = {
        "equal": Equals("message", fold(text)),
        "cased": Equals("message", text, True),
        "end": Contains("message", text[-500:].swapcase()),
        "beginning": Prefix("message", text[:8_190]),
    }

    found = {
        name: batch.column(0).to_pylist()
        for name, batch in engine.match(Select("flow", columns=("soc.record",)), wheres)
    }

    assert found == {"equal": [1], "cased": [1], "end": [1, 2], "beginning": [1]}


def test_the_normaliser_folds_every_code_point_as_we_do() -> None:
    client = shipped.client()
    index = shipped.host().lower()
    client.indices.create(index=index, settings={"analysis": FOLDING})
    unknown = NEW if probe(client).java_release < 24 else {}  # the pairs new in Unicode 16
    known = [n for n in range(0x11_0000) if not 0xD800 <= n < 0xE000 and n not in unknown]
    texts = ["".join(map(chr, known[at : at + 4_000])) for at in range(0, len(known), 4_000)]

    for start in range(0, len(texts), 100):
        part = texts[start : start + 100]
        answer = client.indices.analyze(index=index, normalizer=NORMALIZER, text=part)
        assert [token["token"] for token in answer["tokens"]] == list(map(fold, part))


@settings(max_examples=10)
@given(st.lists(st.ip_addresses(), min_size=50, max_size=200, unique=True))
def test_the_server_spells_addresses_as_we_do(addresses: list[Any]) -> None:
    texts = {net.untwin(net.twin(str(address))) for address in addresses}
    engine = _engine(shipped.ship("flow", [numbered({"source.ip": text} for text in texts)]))

    found = engine.aggregate(Aggregate("flow", (COUNT,), ("source.ip",))).to_pylist()

    assert {row["source.ip"]: row["n"] for row in found} == dict.fromkeys(texts, 1)
