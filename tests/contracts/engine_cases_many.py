"""What filters on addresses and lists mean."""

from __future__ import annotations

from soc.where import (
    ONE,
    All,
    Cidr,
    Contains,
    Equals,
    Glob,
    In,
    Not,
    Prefix,
    Range,
    Regex,
    Some,
    Suffix,
)
from tests.contracts.engine_case import (
    RESOLVED,
    SOURCE,
    TYPES,
    URL,
    Case,
    answers,
    resolved,
    sources,
    urls,
)

ADDRESSES = [
    Case(
        "a network holds its addresses",
        sources("192.0.2.1", "192.0.3.1", None),
        Cidr(SOURCE, "192.0.2.0/24"),
        {1},
    ),
    Case("a network of one", sources("192.0.2.1", "192.0.2.2"), Cidr(SOURCE, "192.0.2.1/32"), {1}),
    Case(
        "an address as a network",
        sources("192.0.2.1", "192.0.2.2"),
        Cidr(SOURCE, "192.0.2.1"),
        {1},
    ),
    Case(
        "ends of a network",
        sources("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
        Cidr(SOURCE, "192.0.2.0/24"),
        {2, 3},
    ),
    Case(
        "v6 in any spelling",
        sources("2001:db8::1", "2001:0db8:0:0:0:0:0:1", "2001:DB8::1", "2001:db9::1"),
        Cidr(SOURCE, "2001:db8::/32"),
        {1, 2, 3},
    ),
    Case(
        "a v4-mapped address is v4",
        sources("::ffff:192.0.2.1", "::ffff:c000:201"),
        Cidr(SOURCE, "192.0.2.0/24"),
        {1, 2},
    ),
    Case(
        "a v4-mapped network is v4",
        sources("192.0.2.1", "192.0.3.1"),
        Cidr(SOURCE, "::ffff:192.0.2.0/120"),
        {1},
    ),
    Case(
        "all of v6 holds no v4",
        sources("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"),
        Cidr(SOURCE, "::/0"),
        {2},
    ),
    Case(
        "all of v4 holds no v6",
        sources("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"),
        Cidr(SOURCE, "0.0.0.0/0"),
        {1, 3},
    ),
    Case(
        "not in a network",
        sources("192.0.2.1", "192.0.3.1", None),
        Not(Cidr(SOURCE, "192.0.2.0/24")),
        {2, 3},
    ),
    Case(
        "not in all of v6",
        sources("192.0.2.1", "2001:db8::1", None),
        Not(Cidr(SOURCE, "::/0")),
        {1, 3},
    ),
    Case(
        "an address equals in any spelling",
        sources("2001:db8::1", "2001:db8::2"),
        Equals(SOURCE, "2001:0DB8:0::1"),
        {1},
    ),
    Case(
        "and as stored",
        sources("2001:0db8:0::1", "2001:db8::2"),
        Equals(SOURCE, "2001:db8::1"),
        {1},
    ),
    Case(
        "an address equals its mapped form",
        sources("192.0.2.1", "192.0.2.2"),
        Equals(SOURCE, "::ffff:192.0.2.1"),
        {1},
    ),
    Case(
        "in with addresses and words",
        sources("2001:db8::1", "192.0.2.1", "-"),
        In(SOURCE, ("2001:DB8::1", "-")),
        {1, 3},
    ),
    Case(
        "not in with addresses",
        sources("2001:db8::1", "192.0.2.1", None),
        Not(In(SOURCE, ("2001:DB8::1", "-"))),
        {2, 3},
    ),
    Case(
        "a text that is no address compares as text",
        sources("N/A", "192.0.2.1"),
        Equals(SOURCE, "n/a"),
        {1},
    ),
    Case(
        "an address by its text",
        sources("192.0.2.1", "198.51.100.1"),
        Prefix(SOURCE, "192.0."),
        {1},
    ),
    Case("a leading zero is no address", sources("192.0.2.1"), Equals(SOURCE, "192.0.2.01"), set()),
    Case("addresses have no range", sources("192.0.2.1"), Range(SOURCE, "1"), set()),
    Case(
        "a network reads addresses in text",
        urls("192.0.2.1", "2001:DB8:0::1", "x", None),
        Cidr(URL, "2001:db8::/32"),
        {2},
    ),
    Case(
        "not of a network in text",
        urls("192.0.2.1", "2001:DB8:0::1", None),
        Not(Cidr(URL, "2001:db8::/32")),
        {1, 3},
    ),
    Case(
        "not of (network in text or prefix)",
        urls("192.0.2.1", "2001:db8::1", "x"),
        Not(Some((Cidr(URL, "192.0.2.0/24"), Prefix(URL, "x")))),
        {2},
    ),
]

LISTS = [
    Case(
        "a list matches when an element does",
        answers(["a", "b"], ["c"], [], None),
        Equals(TYPES, "B"),
        {1},
    ),
    Case(
        "not means none of the elements",
        answers(["a", "b"], ["c"], [], None),
        Not(Equals(TYPES, "b")),
        {2, 3, 4},
    ),
    Case("in on a list", answers(["a"], ["B"], ["c"]), In(TYPES, ("a", "b")), {1, 2}),
    Case("cased equality on a list", answers(["A"], ["a"]), Equals(TYPES, "a", True), {2}),
    Case("contains on a list", answers(["xAy", "z"], ["z"]), Contains(TYPES, "a"), {1}),
    Case("cased contains on a list", answers(["xAy"], ["xay"]), Contains(TYPES, "A", True), {1}),
    Case(
        "prefix and suffix may hold for different elements",
        answers(["ax", "yb"], ["ab"]),
        All((Prefix(TYPES, "a"), Suffix(TYPES, "b"))),
        {1, 2},
    ),
    Case("glob on a list", answers(["a1", "b"], ["b"]), Glob(TYPES, ("A", ONE)), {1}),
    Case("pattern on a list", answers(["a1"], ["b"]), Regex(TYPES, r"\d"), {1}),
    Case(
        "letters new in Unicode 16 on a list",
        answers(["\ua7cb"], ["b"]),
        Equals(TYPES, "\u0264"),
        {1},
    ),
    Case("range on a list", answers(["a", "m"], ["z"]), Range(TYPES, "L", "N"), {1}),
    Case("absent elements are passed over", answers([None, "a"], [None]), Equals(TYPES, "a"), {1}),
    Case("percent in a list", answers(["a%"], ["ab"]), Contains(TYPES, "a%"), {1}),
    *(
        Case(
            rule,
            resolved(["192.0.2.1", "2001:DB8:0::1"], ["198.51.100.1"], [], None),
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
