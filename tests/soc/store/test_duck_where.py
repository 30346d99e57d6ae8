"""``soc.store._duck_where``: the SQL of filters, golden; its meaning is in tests/contracts."""

from __future__ import annotations

import pytest

from soc._columns import columns_of
from soc.errors import RuleError
from soc.schema import arrow
from soc.store._duck_relation import Relation
from soc.store._duck_where import compile
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
    Not,
    Range,
    Regex,
    Some,
    Where,
)

_RANGE = '("source.port" IS NOT NULL AND ("source.port" >= 2 AND "source.port" < 10))'
FLOW = Relation(columns_of("flow"), frozenset(arrow("flow").names))


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (All(), "TRUE"),
        (Some(), "FALSE"),
        (Equals("message", "It's"), "(lower(\"message\") IN ('it''s'))"),
        (Equals("message", "X", True), "(\"message\" IN ('X'))"),
        (Contains("message", "a%"), "contains(lower(\"message\"), 'a%')"),
        (Glob("message", ("a_", MANY, ONE)), r"""(lower("message") LIKE 'a\_%_' ESCAPE '\')"""),
        (Regex("message", "a'"), "regexp_matches(\"message\", 'a''')"),
        (In("source.port", ("443", "x", 80)), '("source.port" IN (443, 80))'),
        (Range("source.port", 1.5, 10, True, False), _RANGE),
        (Exists("event.type"), '(list_count("event.type") > 0)'),
        (
            Not(Equals("soc.other.k", "v")),
            "(NOT coalesce((lower(\"soc.other\"['k']) IN ('v')), FALSE))",
        ),
        (
            Equals("event.type", "x"),
            (
                '(list_count(list_filter(list_transform("event.type", lambda x: lower(x)),'
                " lambda x: (x IN ('x')))) > 0)"
            ),
        ),
        (
            Cidr("source.ip", "192.0.2.0/31"),
            (
                '("soc.twin.source.ip" BETWEEN '
                r"'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xC0\x00\x02\x00'::BLOB AND "
                r"'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xC0\x00\x02\x01'::BLOB)"
            ),
        ),
        (
            Equals("event.id", "f" * 15 + "b" + "0" * 15 + "2"),
            '("soc.source_key" = -5 AND "soc.record" IN (2))',
        ),
    ],
    ids=repr,
)
def test_a_filter_has_one_text(where: Where, text: str) -> None:
    found = compile(where, FLOW)

    assert found.exact
    assert found.text == text


@pytest.mark.parametrize(
    "where",
    [
        Equals("no.such", 1),
        Contains("message", "\ud800"),
        Equals("source.port", "http"),
        Cidr("source.port", "192.0.2.0/24"),
        All((Exists("message"), Equals("no.such", 1))),
        Exists("soc.twin.source.ip"),
    ],
    ids=repr,
)
def test_what_can_never_hold_is_a_constant(where: Where) -> None:
    assert compile(where, FLOW) == ("FALSE", True)
    assert compile(Not(where), FLOW) == ("TRUE", True)


def test_what_sql_cannot_decide_holds_for_more_rows_never_for_fewer() -> None:
    where = Cidr("message", "192.0.2.0/24")

    assert compile(where, FLOW) == ('("message" IS NOT NULL)', False)
    assert compile(Not(where), FLOW) == ("TRUE", False)
    assert (
        compile(Not(Not(where)), FLOW).text
        == '(NOT coalesce((NOT coalesce(("message" IS NOT NULL), FALSE)), FALSE))'
    )


@pytest.mark.parametrize("where", [Regex("no.such", "("), Cidr("no.such", "x")], ids=repr)
def test_what_does_not_load_is_refused_even_where_it_can_never_hold(where: Where) -> None:
    with pytest.raises(RuleError):
        compile(where, FLOW)
