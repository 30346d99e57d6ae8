"""What filters mean: rows of one dataset, a filter, and which rows it holds for.

Each case is one sentence; every engine answers every case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from soc.where import (
    EVERYTHING,
    MANY,
    NOTHING,
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

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """``expected`` are the places of the rows, from 1."""

    rule: str
    rows: Rows
    where: Where
    expected: set[int]
    dataset: str = "http"


def _urls(*texts: str | None) -> Rows:
    return [{"url.original": text} for text in texts]


def _names(*texts: str | None) -> Rows:
    return [{"user_agent.original": text} for text in texts]


def _status(*numbers: int | None) -> Rows:
    return [{"http.response.status_code": number} for number in numbers]


def _sources(*addresses: str | None) -> Rows:
    return [{"source.ip": address} for address in addresses]


def _times(*texts: str | None) -> Rows:
    return [{"event.start": None if t is None else datetime.fromisoformat(t)} for t in texts]


def _answers(*lists: list[str | None] | None) -> Rows:
    return [{"event.type": found} for found in lists]


def _resolved(*lists: list[str | None] | None) -> Rows:
    return [{"dns.resolved_ip": found} for found in lists]


def _other(*maps: dict[str, str] | None) -> Rows:
    return [{"soc.other": found} for found in maps]


URL, AGENT, STATUS, SOURCE = (
    "url.original",
    "user_agent.original",
    "http.response.status_code",
    "source.ip",
)
START, TYPES, RESOLVED = "event.start", "event.type", "dns.resolved_ip"

CONSTANTS = [
    Case("all of no parts holds for every row", _urls("a", None), EVERYTHING, {1, 2}),
    Case("some of no parts holds for none", _urls("a", None), NOTHING, set()),
    Case("not nothing holds for every row", _urls("a", None), Not(NOTHING), {1, 2}),
    Case(
        "all asks every part",
        _urls("ab", "a", "b"),
        All((Contains(URL, "a"), Contains(URL, "b"))),
        {1},
    ),
    Case(
        "some asks for one part",
        _urls("ab", "a", "c"),
        Some((Contains(URL, "a"), Contains(URL, "b"))),
        {1, 2},
    ),
]

ABSENCE = [
    Case("a comparison with an absent field is false", _urls("x", None), Equals(URL, "x"), {1}),
    Case("not of an absent field is true", _urls("x", None), Not(Equals(URL, "x")), {2}),
    Case("not of contains on an absent field", _urls("x", None), Not(Contains(URL, "x")), {2}),
    Case("not not is the thing itself", _urls("x", None), Not(Not(Equals(URL, "x"))), {1}),
    Case(
        "an absent column is a constant, never an error",
        _urls("x"),
        Some((Equals("no.such.column", "x"), Equals(URL, "x"))),
        {1},
    ),
    Case("not of an absent column is true", _urls("x"), Not(Equals("no.such.column", "x")), {1}),
    Case("a declared column that no file holds is absent", _urls("x"), Equals(AGENT, "x"), set()),
    Case("not of a column that no file holds", _urls("x"), Not(Prefix(AGENT, "x")), {1}),
    Case("an absent column does not exist", _urls("x"), Exists("no.such.column"), set()),
    Case("exists is not absent", _urls("x", None), Exists(URL), {1}),
    Case("not exists is absent", _urls("x", None), Not(Exists(URL)), {2}),
    Case("empty text is something", _urls("", None), Exists(URL), {1}),
    Case("empty text equals empty text only", _urls("", "x", None), Equals(URL, ""), {1}),
    Case("an empty list is nothing", _answers([], ["a"], None), Exists(TYPES), {2}),
    Case("a list of absent values is nothing", _answers([None], ["a"]), Exists(TYPES), {2}),
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

LETTERS = [
    Case("equality folds case", _urls("ADMIN", "Admin", "root"), Equals(URL, "admin"), {1, 2}),
    Case("a literal is folded too", _urls("admin"), Equals(URL, "ADMIN"), {1}),
    Case("cased equality does not fold", _urls("ADMIN", "admin"), Equals(URL, "admin", True), {2}),
    Case("contains folds case", _urls("/ADMIN/", "/x"), Contains(URL, "admin"), {1}),
    Case("cased contains", _urls("/ADMIN/", "/admin/"), Contains(URL, "admin", True), {2}),
    Case("prefix folds case", _urls("/Admin/x", "x/admin"), Prefix(URL, "/ADMIN"), {1}),
    Case("cased prefix", _urls("/Admin", "/admin"), Prefix(URL, "/Admin", True), {1}),
    Case("suffix folds case", _urls("x.PHP", "x.php5"), Suffix(URL, ".php"), {1}),
    Case("cased suffix", _urls("x.PHP", "x.php"), Suffix(URL, ".php", True), {2}),
    Case("in folds case", _urls("GET", "Post", "put"), In(URL, ("get", "POST")), {1, 2}),
    Case("cased in", _urls("GET", "get"), In(URL, ("GET", "PUT"), True), {1}),
    Case("in of nothing is false", _urls("x"), In(URL, ()), set()),
    Case(
        "other letters than ASCII fold",
        _urls("STRAẞE Ä", "straße ä"),
        Equals(URL, "straße ä"),
        {1, 2},
    ),
    Case("sigma folds without context", _urls("ΟΔΟΣ", "οδος", "οδοσ"), Equals(URL, "ΟΔΟΣ"), {1, 3}),
    Case("dotted capital i folds to i", _urls("İstanbul", "istanbul"), Prefix(URL, "ist"), {1, 2}),
    Case("Cyrillic folds", _urls("ПРИВЕТ"), Contains(URL, "привет"), {1}),
    Case(
        "letters new in Unicode 16 fold",
        _urls("\ua7cb", "\u0264", "x"),
        Equals(URL, "\ua7cb"),
        {1, 2},
    ),
    Case(
        "and by contains",
        _urls("a\U00010d50b", "a\U00010d70b"),
        Contains(URL, "\U00010d50"),
        {1, 2},
    ),
    Case("sharp s is not ss", _urls("straße", "strasse"), Equals(URL, "STRASSE"), {2}),
    Case(
        "Chinese text compares as it is", _urls("弱口令 登录", "登录"), Contains(URL, "弱口令"), {1}
    ),
]

LITERALS = [
    Case("percent is a letter", _urls("100%", "100x"), Contains(URL, "0%"), {1}),
    Case("underscore is a letter", _urls("a_b", "axb"), Contains(URL, "a_b"), {1}),
    Case("backslash is a letter", _urls("a\\b", "ab"), Contains(URL, "a\\b"), {1}),
    Case("single quote", _urls("it's", "its"), Contains(URL, "t's"), {1}),
    Case("double quote", _urls('say "x"', "x"), Contains(URL, '"x"'), {1}),
    Case("brackets are letters, cased", _urls("a[1]", "a1"), Contains(URL, "a[1]", True), {1}),
    Case("star is a letter outside a glob", _urls("a*b", "axb"), Equals(URL, "a*b"), {1}),
    Case(
        "quote that ends a statement",
        _urls("'; DROP TABLE x; --", "x"),
        Equals(URL, "'; DROP TABLE x; --"),
        {1},
    ),
    Case("comment marks", _urls("/* x */ --", "x"), Prefix(URL, "/* x */ --"), {1}),
    Case("dollar quotes and parameters", _urls("$1 $$ ? :x", "1"), Equals(URL, "$1 $$ ? :x"), {1}),
    Case("backslash and quote", _urls("\\'", "x"), Equals(URL, "\\'"), {1}),
    Case("NUL within a text", _urls("a\0b", "a"), Contains(URL, "\0b"), {1}),
    Case("line end within a text", _urls("a\nb", "ab"), Contains(URL, "a\nb"), {1}),
    Case("a lone surrogate is in no text", _urls("x", None), Not(Contains(URL, "\ud800")), {1, 2}),
    Case("empty contains holds for any text", _urls("x", "", None), Contains(URL, ""), {1, 2}),
    Case("empty prefix holds for any text", _urls("x", "", None), Prefix(URL, ""), {1, 2}),
    Case("empty suffix holds for any text", _urls("x", "", None), Suffix(URL, ""), {1, 2}),
]

GLOBS = [
    Case("many is any run", _urls("a--b", "ab", "abc"), Glob(URL, ("a", MANY, "b")), {1, 2}),
    Case(
        "one is any character",
        _urls("axb", "ab", "a中b", "axxb"),
        Glob(URL, ("a", ONE, "b")),
        {1, 3},
    ),
    Case("a glob is anchored", _urls("xab", "abx", "ab"), Glob(URL, ("ab",)), {3}),
    Case("many at both ends", _urls("xABx", "b"), Glob(URL, (MANY, "ab", MANY)), {1}),
    Case("a cased glob", _urls("xABx", "xabx"), Glob(URL, (MANY, "ab", MANY), True), {2}),
    Case(
        "like marks in a glob are letters", _urls("a%b_c", "axbxc"), Glob(URL, ("a%b_", MANY)), {1}
    ),
    Case(
        "pattern marks in a glob are letters",
        _urls("a.b(c", "axb(c"),
        Glob(URL, ("a.b(", ONE)),
        {1},
    ),
    Case("backslash in a glob", _urls("c:\\x\\y", "c:xy"), Glob(URL, ("C:\\", MANY, "\\y")), {1}),
    Case("many spans lines", _urls("a\nb", "b"), Glob(URL, ("a", MANY, "b")), {1}),
    Case("one takes a line end", _urls("a\nb", "ab"), Glob(URL, ("a", ONE, "b")), {1}),
    Case("many alone is any text", _urls("", "x", None), Glob(URL, (MANY,)), {1, 2}),
    Case("a glob of nothing is empty text", _urls("", "x", None), Glob(URL, ()), {1}),
    Case("one folds nothing away", _urls("\U00010d50", "xy"), Glob(URL, (ONE,)), {1}),
]

PATTERNS = [
    Case("a pattern is unanchored", _urls("xaby", "b"), Regex(URL, "ab"), {1}),
    Case("a pattern is case-sensitive", _urls("AB", "ab"), Regex(URL, "ab"), {2}),
    Case("a pattern may fold itself", _urls("AB", "ab", "b"), Regex(URL, "(?i)ab"), {1, 2}),
    Case("anchors hold the whole text", _urls("ab", "xab", "ab\n"), Regex(URL, "^ab$"), {1}),
    Case("a dot takes no line end", _urls("a\nb", "axb"), Regex(URL, "a.b"), {2}),
    Case("a dot may take line ends", _urls("a\nb", "axb"), Regex(URL, "(?s)a.b"), {1, 2}),
    Case("dot star takes no line end", _urls("a\nb", "axxb"), Regex(URL, "a.*b"), {2}),
    Case("anchored dot star", _urls("a\nb", "axxb", "xab"), Regex(URL, "^a.*b$"), {2}),
    Case("classes", _urls("id=12", "id=x"), Regex(URL, r"id=\d+"), {1}),
    Case("alternatives with a quote", _urls("a'b", "cd", "x"), Regex(URL, "a'b|cd"), {1, 2}),
    Case("percent and underscore in a pattern", _urls("a%_b", "axxb"), Regex(URL, "a%_b"), {1}),
    Case("bounds of a word", _urls("a cmd b", "acmdb"), Regex(URL, r"\bcmd\b"), {1}),
    Case("a count", _urls("aaa", "aa"), Regex(URL, "a{3}"), {1}),
    Case("an empty pattern holds for any text", _urls("x", "", None), Regex(URL, ""), {1, 2}),
    Case("not of a pattern", _urls("ab", "x", None), Not(Regex(URL, "ab")), {2, 3}),
]

NUMBERS = [
    Case("a number column takes a text literal", _status(404, 200), Equals(STATUS, "404"), {1}),
    Case("and a fraction that is whole", _status(404, 200), Equals(STATUS, 404.0), {1}),
    Case("leading zeros are a number's", _status(80, 8), Equals(STATUS, "080"), {1}),
    Case("text that is no number never equals", _status(404), Equals(STATUS, "404x"), set()),
    Case("and not of it always holds", _status(404, None), Not(Equals(STATUS, "404x")), {1, 2}),
    Case(
        "in with numbers and words", _status(403, 404, 2), In(STATUS, ("403", 2, "accept")), {1, 3}
    ),
    Case("truth is no number", _status(1, 0), In(STATUS, (True, False)), set()),
    Case("a fraction equals no whole number", _status(1, 2), Equals(STATUS, 1.5), set()),
    Case("a number beyond 64 bits", _status(1), Equals(STATUS, 1 << 70), set()),
    Case("prefix of a number's digits", _status(404, 40, 504), Prefix(STATUS, "40"), {1, 2}),
    Case("suffix of a number's digits", _status(404, 504, 5), Suffix(STATUS, "04"), {1, 2}),
    Case("contains on a number", _status(404, 504, 440), Contains(STATUS, "40"), {1, 3}),
    Case("glob on a number", _status(404, 4004), Glob(STATUS, ("4", ONE, "4")), {1}),
    Case("pattern on a number", _status(404, 504), Regex(STATUS, "^4"), {1}),
    Case("a network holds no number", _status(1), Cidr(STATUS, "0.0.0.0/0"), set()),
    Case(
        "a number on a text column compares as text", _urls("2", "2.0", "02"), Equals(URL, 2), {1}
    ),
    Case(
        "in with numbers on a text column",
        _urls("2", "accept", "3"),
        In(URL, ("accept", 2)),
        {1, 2},
    ),
    Case("truth on a text column", _urls("TRUE", "1"), Equals(URL, True), {1}),
    Case("range with both bounds", _status(399, 400, 499, 500), Range(STATUS, 400, 499), {2, 3}),
    Case(
        "range without bounds' own values",
        _status(400, 401, 499),
        Range(STATUS, 400, 499, False, False),
        {2},
    ),
    Case("open above", _status(399, 400, None), Range(STATUS, 400), {2}),
    Case("open below", _status(399, 400, None), Range(STATUS, None, 399), {1}),
    Case("range with text bounds", _status(399, 1000), Range(STATUS, "400"), {2}),
    Case("range with a fraction", _status(1, 2), Range(STATUS, 1.5), {2}),
    Case(
        "range with a negative fraction",
        _status(-1, -2),
        Range(STATUS, None, -1.5, True, False),
        {2},
    ),
    Case("range with a bound that is no number", _status(1), Range(STATUS, "x"), set()),
    Case("range beyond 64 bits below", _status(1), Range(STATUS, -(1 << 70), 1 << 70), {1}),
    Case("range beyond 64 bits above", _status(1), Range(STATUS, 1 << 70), set()),
    Case("range open on both sides", _status(1, None), Range(STATUS), {1}),
    Case(
        "64 bits are exact",
        _status((1 << 53) + 1, 1 << 53),
        Equals(STATUS, str((1 << 53) + 1)),
        {1},
    ),
    Case(
        "64 bits are exact in ranges",
        _status((1 << 53) + 1, 1 << 53),
        Range(STATUS, (1 << 53) + 1),
        {1},
    ),
]

FRACTIONS = [
    Case(rule, rows, where, expected, "flow")
    for rule, rows, where, expected in (
        (
            "a fraction equals its text",
            [{"soc.exporter_skew_s": 0.1}, {}],
            Equals("soc.exporter_skew_s", "0.1"),
            {1},
        ),
        (
            "whole and fraction compare",
            [{"soc.exporter_skew_s": 2.0}],
            Equals("soc.exporter_skew_s", 2),
            {1},
        ),
        (
            "range of fractions",
            [{"soc.exporter_skew_s": v} for v in (-0.5, 0.0, 0.5)],
            Range("soc.exporter_skew_s", -0.1, 0.1),
            {2},
        ),
        (
            "what is no number lies nowhere",
            [{"soc.exporter_skew_s": v} for v in (float("nan"), float("inf"), 1.0)],
            Range("soc.exporter_skew_s", 0),
            {3},
        ),
        (
            "but it exists",
            [{"soc.exporter_skew_s": float("nan")}, {}],
            Exists("soc.exporter_skew_s"),
            {1},
        ),
        (
            "a fraction's digits",
            [{"soc.exporter_skew_s": v} for v in (1.5, 15.0)],
            Prefix("soc.exporter_skew_s", "1."),
            {1},
        ),
        (
            "not of a fraction's digits",
            [{"soc.exporter_skew_s": v} for v in (1.5, 15.0, None)],
            Not(Prefix("soc.exporter_skew_s", "1.")),
            {2, 3},
        ),
    )
]

TRUTHS = [
    Case(rule, [{"tls.established": v} for v in (True, False, None)], where, expected, "tls")
    for rule, where, expected in (
        ("a truth equals itself", Equals("tls.established", True), {1}),
        ("a truth equals its name", Equals("tls.established", "False"), {2}),
        ("a truth is no number", Equals("tls.established", 1), set()),
        ("not of a truth", Not(Equals("tls.established", True)), {2, 3}),
        ("in with truths", In("tls.established", ("true", False)), {1, 2}),
        ("a truth as text", Prefix("tls.established", "TR"), {1}),
        ("a truth has no range", Range("tls.established", False, True), set()),
    )
]

NOON = "2026-03-18T12:00:00+00:00"
DATES = [
    Case(rule, _times("2026-03-18T11:59:59.999999+00:00", NOON, None), where, expected)
    for rule, where, expected in (
        ("a date equals its instant in any zone", Equals(START, "2026-03-18T20:00:00+08:00"), {2}),
        ("a date without zone is UTC", Equals(START, "2026-03-18T12:00:00"), {2}),
        ("in with dates", In(START, (NOON, "nonsense")), {2}),
        ("a text that is no date never equals", Equals(START, "noon"), set()),
        ("range of dates", Range(START, "2026-03-18T12:00:00Z"), {2}),
        ("range before a date", Range(START, None, NOON, True, False), {1}),
        ("range of days", Range(START, "2026-03-18", "2026-03-19"), {1, 2}),
        ("range with a bound that is no date", Range(START, "x"), set()),
        ("a number is no date", Range(START, 0), set()),
        ("a date as text", Prefix(START, "2026-03-18T12"), {2}),
        ("not of a date as text", Not(Prefix(START, "2026-03-18T12")), {1, 3}),
    )
]

ADDRESSES = [
    Case(
        "a network holds its addresses",
        _sources("192.0.2.1", "192.0.3.1", None),
        Cidr(SOURCE, "192.0.2.0/24"),
        {1},
    ),
    Case("a network of one", _sources("192.0.2.1", "192.0.2.2"), Cidr(SOURCE, "192.0.2.1/32"), {1}),
    Case(
        "an address as a network",
        _sources("192.0.2.1", "192.0.2.2"),
        Cidr(SOURCE, "192.0.2.1"),
        {1},
    ),
    Case(
        "ends of a network",
        _sources("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
        Cidr(SOURCE, "192.0.2.0/24"),
        {2, 3},
    ),
    Case(
        "v6 in any spelling",
        _sources("2001:db8::1", "2001:0db8:0:0:0:0:0:1", "2001:DB8::1", "2001:db9::1"),
        Cidr(SOURCE, "2001:db8::/32"),
        {1, 2, 3},
    ),
    Case(
        "a v4-mapped address is v4",
        _sources("::ffff:192.0.2.1", "::ffff:c000:201"),
        Cidr(SOURCE, "192.0.2.0/24"),
        {1, 2},
    ),
    Case(
        "a v4-mapped network is v4",
        _sources("192.0.2.1", "192.0.3.1"),
        Cidr(SOURCE, "::ffff:192.0.2.0/120"),
        {1},
    ),
    Case(
        "all of v6 holds no v4",
        _sources("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"),
        Cidr(SOURCE, "::/0"),
        {2},
    ),
    Case(
        "all of v4 holds no v6",
        _sources("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"),
        Cidr(SOURCE, "0.0.0.0/0"),
        {1, 3},
    ),
    Case(
        "not in a network",
        _sources("192.0.2.1", "192.0.3.1", None),
        Not(Cidr(SOURCE, "192.0.2.0/24")),
        {2, 3},
    ),
    Case(
        "not in all of v6",
        _sources("192.0.2.1", "2001:db8::1", None),
        Not(Cidr(SOURCE, "::/0")),
        {1, 3},
    ),
    Case(
        "an address equals in any spelling",
        _sources("2001:db8::1", "2001:db8::2"),
        Equals(SOURCE, "2001:0DB8:0::1"),
        {1},
    ),
    Case(
        "and as stored",
        _sources("2001:0db8:0::1", "2001:db8::2"),
        Equals(SOURCE, "2001:db8::1"),
        {1},
    ),
    Case(
        "an address equals its mapped form",
        _sources("192.0.2.1", "192.0.2.2"),
        Equals(SOURCE, "::ffff:192.0.2.1"),
        {1},
    ),
    Case(
        "in with addresses and words",
        _sources("2001:db8::1", "192.0.2.1", "-"),
        In(SOURCE, ("2001:DB8::1", "-")),
        {1, 3},
    ),
    Case(
        "not in with addresses",
        _sources("2001:db8::1", "192.0.2.1", None),
        Not(In(SOURCE, ("2001:DB8::1", "-"))),
        {2, 3},
    ),
    Case(
        "a text that is no address compares as text",
        _sources("N/A", "192.0.2.1"),
        Equals(SOURCE, "n/a"),
        {1},
    ),
    Case(
        "an address by its text",
        _sources("192.0.2.1", "198.51.100.1"),
        Prefix(SOURCE, "192.0."),
        {1},
    ),
    Case(
        "a leading zero is no address", _sources("192.0.2.1"), Equals(SOURCE, "192.0.2.01"), set()
    ),
    Case("addresses have no range", _sources("192.0.2.1"), Range(SOURCE, "1"), set()),
    Case(
        "a network reads addresses in text",
        _urls("192.0.2.1", "2001:DB8:0::1", "x", None),
        Cidr(URL, "2001:db8::/32"),
        {2},
    ),
    Case(
        "not of a network in text",
        _urls("192.0.2.1", "2001:DB8:0::1", None),
        Not(Cidr(URL, "2001:db8::/32")),
        {1, 3},
    ),
    Case(
        "not of (network in text or prefix)",
        _urls("192.0.2.1", "2001:db8::1", "x"),
        Not(Some((Cidr(URL, "192.0.2.0/24"), Prefix(URL, "x")))),
        {2},
    ),
]

LISTS = [
    Case(
        "a list matches when an element does",
        _answers(["a", "b"], ["c"], [], None),
        Equals(TYPES, "B"),
        {1},
    ),
    Case(
        "not means none of the elements",
        _answers(["a", "b"], ["c"], [], None),
        Not(Equals(TYPES, "b")),
        {2, 3, 4},
    ),
    Case("in on a list", _answers(["a"], ["B"], ["c"]), In(TYPES, ("a", "b")), {1, 2}),
    Case("cased equality on a list", _answers(["A"], ["a"]), Equals(TYPES, "a", True), {2}),
    Case("contains on a list", _answers(["xAy", "z"], ["z"]), Contains(TYPES, "a"), {1}),
    Case("cased contains on a list", _answers(["xAy"], ["xay"]), Contains(TYPES, "A", True), {1}),
    Case(
        "prefix and suffix may hold for different elements",
        _answers(["ax", "yb"], ["ab"]),
        All((Prefix(TYPES, "a"), Suffix(TYPES, "b"))),
        {1, 2},
    ),
    Case("glob on a list", _answers(["a1", "b"], ["b"]), Glob(TYPES, ("A", ONE)), {1}),
    Case("pattern on a list", _answers(["a1"], ["b"]), Regex(TYPES, r"\d"), {1}),
    Case(
        "letters new in Unicode 16 on a list",
        _answers(["\ua7cb"], ["b"]),
        Equals(TYPES, "\u0264"),
        {1},
    ),
    Case("range on a list", _answers(["a", "m"], ["z"]), Range(TYPES, "L", "N"), {1}),
    Case("absent elements are passed over", _answers([None, "a"], [None]), Equals(TYPES, "a"), {1}),
    Case("percent in a list", _answers(["a%"], ["ab"]), Contains(TYPES, "a%"), {1}),
    *(
        Case(
            rule,
            _resolved(["192.0.2.1", "2001:DB8:0::1"], ["198.51.100.1"], [], None),
            where,
            expected,
            "dns",
        )
        for rule, where, expected in (
            ("a network asks a list of addresses", Cidr(RESOLVED, "2001:db8::/32"), {1}),
            ("not of a network on a list", Not(Cidr(RESOLVED, "2001:db8::/32")), {2, 3, 4}),
            ("an address in a list in any spelling", Equals(RESOLVED, "2001:db8::1"), {1}),
            ("not of an address in a list", Not(Equals(RESOLVED, "2001:db8::1")), {2, 3, 4}),
            ("in on a list of addresses", In(RESOLVED, ("198.51.100.1", "x")), {2}),
            ("text of a list of addresses", Prefix(RESOLVED, "192."), {1}),
        )
    ),
]

TEXT_RANGES = [
    Case(
        "text ranges compare by code point",
        _urls("2026-03-01", "2026-03-09", "2026-04-01"),
        Range(URL, "2026-03-01", "2026-03-31"),
        {1, 2},
    ),
    Case("text ranges fold", _urls("B", "b", "C"), Range(URL, "a", "B"), {1, 2}),
    Case(
        "a number bounds texts of digits by value",
        _urls("9", "10", "1e1", "x", "-3.5", None),
        Range(URL, 9.5),
        {2},
    ),
    Case("a text bound and a number bound", _urls("9", "10", "11"), Range(URL, "1", 10), {1, 2}),
    Case(
        "letters beyond the first plane",
        _urls("\uffff", "\U00010000"),
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
    Case("a keyword asks no numbers", _status(404), Keyword("404"), set()),
    Case("a keyword asks no event id", _urls("x"), Keyword("fffffffffffffffb"), set()),
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
        _other({"zone": "DMZ"}, {"zone": "lan"}, {"x": "dmz"}, None),
        Equals("soc.other.zone", "dmz"),
        {1},
    ),
    Case(
        "not of a key",
        _other({"zone": "dmz"}, {"x": "dmz"}, None),
        Not(Equals("soc.other.zone", "dmz")),
        {2, 3},
    ),
    Case(
        "a key may hold dots and quotes",
        _other({"a.b'c": "1"}, {"a": "1"}),
        Equals("soc.other.a.b'c", "1"),
        {1},
    ),
    Case(
        "keys keep their case", _other({"Zone": "a"}, {"zone": "a"}), Exists("soc.other.zone"), {2}
    ),
    Case("exists on a key", _other({"zone": ""}, {"x": "1"}), Exists("soc.other.zone"), {1}),
    Case("exists on a map", _other({"zone": ""}, {}, None), Exists("soc.other"), {1}),
    Case(
        "the map itself asks any value",
        _other({"a": "x", "b": "Needle"}, {"needle": "x"}),
        Equals("soc.other", "needle"),
        {1},
    ),
    Case("contains on a key", _other({"k": "abc"}, {"k": "x"}), Contains("soc.other.k", "B"), {1}),
    Case("pattern on a key", _other({"k": "abc"}, {"k": "x"}), Regex("soc.other.k", "^a"), {1}),
    Case(
        "a number bounds a key by value",
        _other({"k": "443"}, {"k": "80"}, {"k": "x"}),
        Range("soc.other.k", 100),
        {1},
    ),
    Case(
        "a network reads a key",
        _other({"k": "192.0.2.7"}, {"k": "x"}),
        Cidr("soc.other.k", "192.0.2.0/24"),
        {1},
    ),
    Case("a map column that no file holds", _urls("x"), Not(Equals("soc.other.k", "x")), {1}),
]

IDS = [
    Case(
        "an id is source and number",
        _urls("x", "y"),
        Equals("event.id", "fffffffffffffffb0000000000000002"),
        {2},
    ),
    Case(
        "an id in capitals",
        _urls("x", "y"),
        In("event.id", ("FFFFFFFFFFFFFFFB0000000000000001", "x")),
        {1},
    ),
    Case(
        "a cased id in capitals",
        _urls("x"),
        Equals("event.id", "FFFFFFFFFFFFFFFB0000000000000001", True),
        set(),
    ),
    Case(
        "not of an id",
        _urls("x", "y"),
        Not(Equals("event.id", "fffffffffffffffb0000000000000002")),
        {1},
    ),
    Case("an id that is none", _urls("x"), Equals("event.id", "0x" + "f" * 30), set()),
    Case("an id by its end", _urls("x", "y"), Suffix("event.id", "02"), {2}),
    Case("a number beyond 63 bits", _urls("x"), Equals("event.id", "f" * 32), set()),
    Case("every row has an id", _urls("x"), Exists("event.id"), {1}),
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
