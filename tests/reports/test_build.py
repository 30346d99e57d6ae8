from __future__ import annotations

from datetime import date

from reports._build import Writer, changed_table, closing, marks, share
from soc.metrics import Number, name, question, rule
from tests.soc.metrics._world import PERIOD, busy

DAY = date(2026, 3, 18)


def writer() -> Writer:
    return Writer(question(PERIOD, busy().context), "zh", "daily")


def test_a_number_is_asked_once_and_remembered() -> None:
    made = writer()

    assert made.number("attacks_blocked") is made.number("attacks_blocked")
    assert list(made.numbers) == ["attacks_blocked"]


def test_a_sentence_holds_the_numbers_that_it_quotes() -> None:
    made = writer()
    said = made.say("red_severe", n=1, count=made.number("alerts_severe"))

    assert said.numbers == (made.number("alerts_severe"),)
    assert "8个" in said.text


def test_a_member_without_a_number_is_nought() -> None:
    found = writer().members("attacks_blocked", "hour")["04"]

    assert (found.value, found.member) == (0, "04")


def test_the_closing_table_explains_every_number() -> None:
    number = Number("attacks_blocked", 5, 0.9, PERIOD, {"alert": {"a": 7}, "firewall": {}})

    section = closing([number], DAY, "七、数据说明", "zh", " --origin simulated")
    table = section.blocks[-1]

    assert table.title.endswith("--date 2026-03-18 --origin simulated")  # type: ignore[union-attr]
    assert table.rows == (  # type: ignore[union-attr]
        (
            name("attacks_blocked", "zh"),
            "attacks_blocked",
            number,
            rule("attacks_blocked", "zh"),
            "90.0%",
            "alert 7, firewall 0",
        ),
    )


def test_what_changed_stands_beside_what_was() -> None:
    now, before = (Number("matches", value, 1.0, PERIOD, {}) for value in (3, 2))

    assert changed_table([(now, before)], "zh").rows == ((name("matches", "zh"), before, now),)


def test_a_dash_stands_for_what_there_is_not() -> None:
    assert (marks({}), share(None)) == ("—", "—")
