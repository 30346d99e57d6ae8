"""What filters mean, one sentence a case; every engine answers every case."""

from __future__ import annotations

from soc.where import (
    EVERYTHING,
    NOTHING,
    All,
    Cidr,
    Contains,
    Equals,
    Exists,
    In,
    Keyword,
    Not,
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
)
from tests.contracts.engine_case import (
    AGENT,
    SOURCE,
    TYPES,
    URL,
    Case,
    answers,
    other,
    status,
    urls,
)
from tests.contracts.engine_cases_many import ADDRESSES, LISTS
from tests.contracts.engine_cases_text import GLOBS, LETTERS, LITERALS, PATTERNS
from tests.contracts.engine_cases_typed import DATES, FRACTIONS, NUMBERS, TRUTHS

CONSTANTS = [
    Case("all of no parts holds for every row", urls("a", None), EVERYTHING, {1, 2}),
    Case("some of no parts holds for none", urls("a", None), NOTHING, set()),
    Case("not nothing holds for every row", urls("a", None), Not(NOTHING), {1, 2}),
    Case(
        "all asks every part",
        urls("ab", "a", "b"),
        All((Contains(URL, "a"), Contains(URL, "b"))),
        {1},
    ),
    Case(
        "some asks for one part",
        urls("ab", "a", "c"),
        Some((Contains(URL, "a"), Contains(URL, "b"))),
        {1, 2},
    ),
]

ABSENCE = [
    Case("a comparison with an absent field is false", urls("x", None), Equals(URL, "x"), {1}),
    Case("not of an absent field is true", urls("x", None), Not(Equals(URL, "x")), {2}),
    Case("not of contains on an absent field", urls("x", None), Not(Contains(URL, "x")), {2}),
    Case("not not is the thing itself", urls("x", None), Not(Not(Equals(URL, "x"))), {1}),
    Case(
        "an absent column is a constant, never an error",
        urls("x"),
        Some((Equals("no.such.column", "x"), Equals(URL, "x"))),
        {1},
    ),
    Case("not of an absent column is true", urls("x"), Not(Equals("no.such.column", "x")), {1}),
    Case("a declared column that no file holds is absent", urls("x"), Equals(AGENT, "x"), set()),
    Case("not of a column that no file holds", urls("x"), Not(Prefix(AGENT, "x")), {1}),
    Case("an absent column does not exist", urls("x"), Exists("no.such.column"), set()),
    Case("exists is not absent", urls("x", None), Exists(URL), {1}),
    Case("not exists is absent", urls("x", None), Not(Exists(URL)), {2}),
    Case("empty text is something", urls("", None), Exists(URL), {1}),
    Case("empty text equals empty text only", urls("", "x", None), Equals(URL, ""), {1}),
    Case("an empty list is nothing", answers([], ["a"], None), Exists(TYPES), {2}),
    Case("a list of absent values is nothing", answers([None], ["a"]), Exists(TYPES), {2}),
    Case(
        "not (one of filters) keeps rows that lack the filtered field",
        [{URL: "x", AGENT: "scanner"}, {URL: "x"}, {URL: "x", AGENT: "other"}],
        All((Equals(URL, "x"), Not(Some((Equals(AGENT, "scanner"), Prefix(AGENT, "bot")))))),
        {2, 3},
    ),
    Case(
        "not of (all with an absent field) is true",
        [{URL: "x"}, {URL: "x", AGENT: "y"}],
        Not(All((Equals(URL, "x"), Equals(AGENT, "y")))),
        {1},
    ),
]

TEXT_RANGES = [
    Case(
        "text ranges compare by code point",
        urls("2026-03-01", "2026-03-09", "2026-04-01"),
        Range(URL, "2026-03-01", "2026-03-31"),
        {1, 2},
    ),
    Case("text ranges fold", urls("B", "b", "C"), Range(URL, "a", "B"), {1, 2}),
    Case(
        "a number bounds texts of digits by value",
        urls("9", "10", "1e1", "x", "-3.5", None),
        Range(URL, 9.5),
        {2},
    ),
    Case("a text bound and a number bound", urls("9", "10", "11"), Range(URL, "1", 10), {1, 2}),
    Case(
        "letters beyond the first plane",
        urls("\uffff", "\U00010000"),
        Range(URL, "\U00010000"),
        {2},
    ),
]

KEYWORDS = [
    Case(
        "a keyword asks any text column",
        [{URL: "x NEEDLE"}, {AGENT: "needle"}, {URL: "x"}],
        Keyword("needle"),
        {1, 2},
    ),
    Case("a cased keyword", [{URL: "NEEDLE"}, {AGENT: "needle"}], Keyword("needle", True), {2}),
    Case(
        "a keyword asks lists",
        [{TYPES: ["a", "the needle"]}, {TYPES: ["b"]}],
        Keyword("needle"),
        {1},
    ),
    Case(
        "a keyword asks the values of maps",
        [{"soc.other": {"k": "Needle"}}, {"soc.other": {"needle": "x"}}],
        Keyword("needle"),
        {1},
    ),
    Case("a keyword asks no addresses", [{SOURCE: "192.0.2.1"}], Keyword("192"), set()),
    Case("a keyword asks no numbers", status(404), Keyword("404"), set()),
    Case("a keyword asks no event id", urls("x"), Keyword("fffffffffffffffb"), set()),
    Case("not of a keyword", [{URL: "needle"}, {URL: "x"}, {}], Not(Keyword("needle")), {2, 3}),
    Case(
        "all keywords, each anywhere",
        [{URL: "one", AGENT: "two"}, {URL: "one"}],
        All((Keyword("one"), Keyword("two"))),
        {1},
    ),
    Case("a keyword with marks", [{URL: "50%_'\\"}, {URL: "50"}], Keyword("%_'\\"), {1}),
    Case(
        "letters new in Unicode 16 by keyword",
        [{URL: "\ua7cb"}, {URL: "x"}],
        Keyword("\u0264"),
        {1},
    ),
]

MAPS = [
    Case(
        "a key of a map is a column",
        other({"zone": "DMZ"}, {"zone": "lan"}, {"x": "dmz"}, None),
        Equals("soc.other.zone", "dmz"),
        {1},
    ),
    Case(
        "not of a key",
        other({"zone": "dmz"}, {"x": "dmz"}, None),
        Not(Equals("soc.other.zone", "dmz")),
        {2, 3},
    ),
    Case(
        "a key may hold dots and quotes",
        other({"a.b'c": "1"}, {"a": "1"}),
        Equals("soc.other.a.b'c", "1"),
        {1},
    ),
    Case(
        "keys keep their case", other({"Zone": "a"}, {"zone": "a"}), Exists("soc.other.zone"), {2}
    ),
    Case("exists on a key", other({"zone": ""}, {"x": "1"}), Exists("soc.other.zone"), {1}),
    Case("exists on a map", other({"zone": ""}, {}, None), Exists("soc.other"), {1}),
    Case(
        "the map itself asks any value",
        other({"a": "x", "b": "Needle"}, {"needle": "x"}),
        Equals("soc.other", "needle"),
        {1},
    ),
    Case("contains on a key", other({"k": "abc"}, {"k": "x"}), Contains("soc.other.k", "B"), {1}),
    Case("pattern on a key", other({"k": "abc"}, {"k": "x"}), Regex("soc.other.k", "^a"), {1}),
    Case(
        "a number bounds a key by value",
        other({"k": "443"}, {"k": "80"}, {"k": "x"}),
        Range("soc.other.k", 100),
        {1},
    ),
    Case(
        "a network reads a key",
        other({"k": "192.0.2.7"}, {"k": "x"}),
        Cidr("soc.other.k", "192.0.2.0/24"),
        {1},
    ),
    Case("a map column that no file holds", urls("x"), Not(Equals("soc.other.k", "x")), {1}),
]

IDS = [
    Case(
        "an id is source and number",
        urls("x", "y"),
        Equals("event.id", "fffffffffffffffb0000000000000002"),
        {2},
    ),
    Case(
        "an id in capitals",
        urls("x", "y"),
        In("event.id", ("FFFFFFFFFFFFFFFB0000000000000001", "x")),
        {1},
    ),
    Case(
        "a cased id in capitals",
        urls("x"),
        Equals("event.id", "FFFFFFFFFFFFFFFB0000000000000001", True),
        set(),
    ),
    Case(
        "not of an id",
        urls("x", "y"),
        Not(Equals("event.id", "fffffffffffffffb0000000000000002")),
        {1},
    ),
    Case("an id that is none", urls("x"), Equals("event.id", "0x" + "f" * 30), set()),
    Case("an id by its end", urls("x", "y"), Suffix("event.id", "02"), {2}),
    Case("a number beyond 63 bits", urls("x"), Equals("event.id", "f" * 32), set()),
    Case("every row has an id", urls("x"), Exists("event.id"), {1}),
]

CASES = [
    *CONSTANTS,
    *ABSENCE,
    *LETTERS,
    *LITERALS,
    *GLOBS,
    *PATTERNS,
    *NUMBERS,
    *FRACTIONS,
    *TRUTHS,
    *DATES,
    *ADDRESSES,
    *LISTS,
    *TEXT_RANGES,
    *KEYWORDS,
    *MAPS,
    *IDS,
]
