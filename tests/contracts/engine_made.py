"""Made rows, filters and questions: hypothesis draws what every engine must answer alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from soc import schema
from soc.query import Aggregate, Bucket, Measure, Order
from soc.schema import Type
from soc.where import (
    MANY,
    ONE,
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    In,
    Keyword,
    Not,
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
    Where,
)
from tests.contracts.engines import START, Row, numbered

PARTS = [
    *(
        "",
        "a",
        "A",
        "b",
        "ab",
        "aB",
        " ",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "\n",
        "\0",
        "*",
        "?",
        "[",
        "$1",
    ),
    *("é", "É", "e\u0301", "ß", "ẞ", "İ", "i", "Σ", "σ", "ς", "中", "Ⅷ", "ǅ", "K", "k"),
    *("\ua7cb", "\u0264", "\U00010d50", "\U00010d70", "\uffff", "\U0001f600"),
    *("192.0.2.1", "2001:db8::1", "443", "1.5", "-7", "true", "2026-03-18"),
]
ADDRESSES = [
    *("192.0.2.1", "192.0.2.255", "198.51.100.7", "::ffff:192.0.2.1", "::ffff:c000:201"),
    *("2001:db8::1", "2001:0DB8:0:0::1", "2001:db8:ffff::", "::", "::1", "not an address", ""),
]
NETWORKS = [
    *("192.0.2.0/24", "192.0.2.1/32", "192.0.2.1", "0.0.0.0/0", "::/0", "::/64", "2001:db8::/32"),
    *("2001:db8::1/128", "::ffff:192.0.2.0/120", "255.255.255.255/32", "::ffff:0:0/96"),
]
PATTERNS = [
    *("a", "^a", "a$", "^$", "", "a.b", "a.*b", "(?i)ab", "(?s)a.*b", "[^a]", r"\d+", r"\s", "a|b"),
    *("'", "%", "_", r"\\", "é", "(?i)é", "^[0-9]{3}$", "(a)(b)?", "^.$", "^..$", r"\.", "中"),
]
NUMBERS: list[int | float] = [
    *(0, 1, -7, 80, 443, 65_535, 1 << 31, (1 << 53) + 1, (1 << 63) - 1, 1 << 64, -(1 << 63)),
    *(0.5, -0.5, 1.5, 443.0, 1e300, -1e19, 0.1, float("inf"), float("nan")),
]
SPELLED = ["443", "0443", "443.0", "4.43e2", "+80", "80 ", "1.5", "x", "", "-7", "0x50", "1_0", "٣"]
TIMES = [
    *("2026-03-18T01:00:01Z", "2026-03-18T09:00:02+08:00", "2026-03-18", "2026-03-18T01:00:03"),
    *("2026-03-18T01:00:01.000001Z", "noon", "0001-01-01", "9999-12-31T23:59:59Z"),
]
KEYS = ["k", "K", "a.b", "it's"]

COLUMNS: Mapping[str, Sequence[str]] = {
    "flow": (
        *("soc.vrf", "message", "event.type", "source.ip", "source.port", "source.bytes"),
        *("soc.exporter_skew_s", "event.start", "soc.other", "soc.other.k", "soc.other.it's"),
        *("event.id", "destination.nat.ip", "no.such", "soc.twin.source.ip", "@timestamp"),
    ),
    "match": (
        *("rule.name", "soc.match.key", "soc.match.events", "soc.match.attacker", "event.severity"),
        *("soc.match.backfill", "soc.match.figures", "soc.match.figures.a.b", "soc.match.unit"),
    ),
}


def rows(dataset: str, count: int, seed: int) -> list[Row]:
    """Rows with values of every sort, many absent; always the same ones."""
    random = Random(seed)
    names = [name for name in COLUMNS[dataset] if name in schema.of(dataset)]
    names = [name for name in names if name not in ("event.id", "@timestamp", "destination.nat.ip")]
    kinds = {name: schema.of(dataset)[name].type for name in names}
    made = (
        {name: _value(kind, random) for name, kind in kinds.items() if random.random() < 0.7}
        for _ in range(count)
    )
    return numbered(made)


def _value(kind: Type, random: Random) -> Any:
    if kind.is_list:
        pool = ADDRESSES if kind.is_address else PARTS
        return [random.choice([*pool, None]) for _ in range(random.randint(0, 3))]
    if kind is Type.MAP:
        return {key: random.choice(PARTS) for key in KEYS if random.random() < 0.5}
    if kind.is_text:
        return "".join(random.choices(PARTS, k=random.randint(1, 3)))
    return random.choice(_POOLS[kind])


_POOLS: Mapping[Type, Sequence[Any]] = {
    Type.IP: ADDRESSES,
    Type.INTEGER: (0, 1, 80, 443, 65_535, -7),
    Type.LONG: [n for n in NUMBERS if isinstance(n, int) and n < 1 << 63],
    # of large ones only one, so that no sum is what rounding left of two that cancel out
    Type.DOUBLE: [float(n) for n in NUMBERS if -100 < n < 1_000 or not -1e300 < n < 1e300],
    Type.BOOLEAN: (True, False),
    Type.DATE: [START + timedelta(microseconds=us) for us in (0, 1, 1_000_000, 2_000_000)],
}

_texts = st.lists(st.sampled_from(PARTS), max_size=2).map("".join) | st.text(max_size=3)
_values = st.one_of(
    _texts,
    st.sampled_from(NUMBERS),
    st.sampled_from(SPELLED),
    st.sampled_from(ADDRESSES),
    st.sampled_from(TIMES),
    st.booleans(),
)
_bounds = st.none() | _values
_pieces = st.lists(st.sampled_from([MANY, ONE]) | _texts, max_size=4).map(tuple)


def leaves(dataset: str) -> st.SearchStrategy[Where]:
    """One comparison with a column of the dataset, fitting or not."""
    names, cased = st.sampled_from(COLUMNS[dataset]), st.booleans()
    return st.one_of(
        st.builds(Equals, names, _values, cased),
        st.builds(In, names, st.lists(_values, max_size=4).map(tuple), cased),
        st.builds(Contains, names, _texts, cased),
        st.builds(Prefix, names, _texts, cased),
        st.builds(Suffix, names, _texts, cased),
        st.builds(Glob, names, _pieces, cased),
        st.builds(Regex, names, st.sampled_from(PATTERNS)),
        st.builds(Cidr, names, st.sampled_from(NETWORKS)),
        st.builds(Range, names, _bounds, _bounds, st.booleans(), st.booleans()),
        st.builds(Exists, names),
        st.builds(Keyword, _texts, cased),
    )


def wheres(dataset: str) -> st.SearchStrategy[Where]:
    """A tree of comparisons."""
    return st.recursive(
        leaves(dataset),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Some, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


_BY = ("soc.vrf", "event.type", "source.ip", "source.port", "soc.other.k", "destination.nat.ip")
_MEASURES = (
    Measure("rows", "count"),
    Measure("there", "count", "event.type"),
    Measure("sum", "sum", "source.port"),
    Measure("least", "min", "source.bytes"),
    Measure("greatest", "max", "soc.vrf"),
    Measure("average", "average", "source.port"),
    Measure("names", "distinct", "message"),
    Measure("types", "distinct", "event.type"),
    Measure("middle", "percentile", "source.port", 0.5),
    Measure("high", "percentile", "source.port", 0.95),
    Measure("skew", "sum", "soc.exporter_skew_s"),
    Measure("nothing", "max", "soc.tos"),
)
_HAVING: tuple[Where, ...] = (
    All(),
    Range("rows", 2),
    Not(Exists("soc.vrf")),
    Cidr("source.ip", "192.0.2.0/24"),
)
_ZONES = ("UTC", "Asia/Shanghai", "America/St_Johns")


@st.composite
def aggregates(draw: st.DrawFn) -> Aggregate:
    """A question about the made flows."""
    by = tuple(draw(st.lists(st.sampled_from(_BY), unique=True, max_size=2)))
    chosen = draw(st.lists(st.sampled_from(_MEASURES[1:]), unique=True, max_size=4))
    bucket = draw(
        st.none()
        | st.builds(
            Bucket,
            st.sampled_from([1, 60, 86_400, 604_800]),
            st.sampled_from(["event.start", "@timestamp"]),
            st.sampled_from(_ZONES),
        )
    )
    columns = [*by, *(measure.name for measure in chosen), "rows"]
    order = draw(st.lists(st.builds(Order, st.sampled_from(columns), st.booleans()), max_size=2))
    return Aggregate(
        "flow",
        (_MEASURES[0], *chosen),
        by,
        bucket,
        draw(wheres("flow")),
        having=draw(st.sampled_from(_HAVING)),
        order=tuple(order),
        limit=draw(st.none() | st.integers(0, 5)),
        latest_by=draw(st.none() | st.just("soc.vrf")),
    )
