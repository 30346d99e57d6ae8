"""What filters on numbers, truths and dates mean."""

from __future__ import annotations

from soc.where import (
    ONE,
    Cidr,
    Contains,
    Equals,
    Exists,
    Glob,
    In,
    Not,
    Prefix,
    Range,
    Regex,
    Suffix,
)
from tests.contracts.engine_case import START, STATUS, URL, Case, status, times, urls

NUMBERS = [
    Case("a number column takes a text literal", status(404, 200), Equals(STATUS, "404"), {1}),
    Case("and a fraction that is whole", status(404, 200), Equals(STATUS, 404.0), {1}),
    Case("leading zeros are a number's", status(80, 8), Equals(STATUS, "080"), {1}),
    Case("text that is no number never equals", status(404), Equals(STATUS, "404x"), set()),
    Case("and not of it always holds", status(404, None), Not(Equals(STATUS, "404x")), {1, 2}),
    Case(
        "in with numbers and words", status(403, 404, 2), In(STATUS, ("403", 2, "accept")), {1, 3}
    ),
    Case("truth is no number", status(1, 0), In(STATUS, (True, False)), set()),
    Case("a fraction equals no whole number", status(1, 2), Equals(STATUS, 1.5), set()),
    Case("a number beyond 64 bits", status(1), Equals(STATUS, 1 << 70), set()),
    Case("prefix of a number's digits", status(404, 40, 504), Prefix(STATUS, "40"), {1, 2}),
    Case("suffix of a number's digits", status(404, 504, 5), Suffix(STATUS, "04"), {1, 2}),
    Case("contains on a number", status(404, 504, 440), Contains(STATUS, "40"), {1, 3}),
    Case("glob on a number", status(404, 4004), Glob(STATUS, ("4", ONE, "4")), {1}),
    Case("pattern on a number", status(404, 504), Regex(STATUS, "^4"), {1}),
    Case("a network holds no number", status(1), Cidr(STATUS, "0.0.0.0/0"), set()),
    Case("a number on a text column compares as text", urls("2", "2.0", "02"), Equals(URL, 2), {1}),
    Case(
        "in with numbers on a text column",
        urls("2", "accept", "3"),
        In(URL, ("accept", 2)),
        {1, 2},
    ),
    Case("truth on a text column", urls("TRUE", "1"), Equals(URL, True), {1}),
    Case("range with both bounds", status(399, 400, 499, 500), Range(STATUS, 400, 499), {2, 3}),
    Case(
        "range without bounds' own values",
        status(400, 401, 499),
        Range(STATUS, 400, 499, False, False),
        {2},
    ),
    Case("open above", status(399, 400, None), Range(STATUS, 400), {2}),
    Case("open below", status(399, 400, None), Range(STATUS, None, 399), {1}),
    Case("range with text bounds", status(399, 1000), Range(STATUS, "400"), {2}),
    Case("range with a fraction", status(1, 2), Range(STATUS, 1.5), {2}),
    Case(
        "range with a negative fraction",
        status(-1, -2),
        Range(STATUS, None, -1.5, True, False),
        {2},
    ),
    Case("range with a bound that is no number", status(1), Range(STATUS, "x"), set()),
    Case("range beyond 64 bits below", status(1), Range(STATUS, -(1 << 70), 1 << 70), {1}),
    Case("range beyond 64 bits above", status(1), Range(STATUS, 1 << 70), set()),
    Case("range open on both sides", status(1, None), Range(STATUS), {1}),
    Case(
        "64 bits are exact",
        status((1 << 53) + 1, 1 << 53),
        Equals(STATUS, str((1 << 53) + 1)),
        {1},
    ),
    Case(
        "64 bits are exact in ranges",
        status((1 << 53) + 1, 1 << 53),
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
            "a number beyond every fraction",
            [{"soc.exporter_skew_s": 1e300}],
            Range("soc.exporter_skew_s", None, 10**400),
            set(),
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
    Case(rule, times("2026-03-18T11:59:59.999999+00:00", NOON, None), where, expected)
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
