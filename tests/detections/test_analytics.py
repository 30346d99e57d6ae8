"""The driver of the analytics, and what becomes of their episodes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from detections import alerts
from detections._analytics import analytics, listed, settings_of
from detections._analytics_rows import differs, gone
from soc.context import Context
from soc.errors import ConfigError
from soc.query import Select
from soc.records.source import Source
from soc.store import Change
from tests.detections.flows import DAWN, detect, episodes, flow, found, put

AT = DAWN + timedelta(hours=10)
SOURCE = "198.51.100.9"


def sweep(first: int, last: int, minute: float = 0) -> list[dict[str, Any]]:
    return [
        flow(AT + timedelta(minutes=minute, seconds=n), SOURCE, f"192.0.2.{n}", 445)
        for n in range(first, last)
    ]


def matches(context: Context) -> list[dict[str, Any]]:
    batches = context.engine.select(Select("match"))
    return [row for batch in batches for row in batch.to_pylist()]


def with_tables(context: Context, **tables: Any) -> Context:
    config = context.config.model_copy(update={"detections": {"analytics": tables}})
    return replace(context, config=config)


def test_an_episode_that_grows_keeps_its_key_and_adds_what_is_new(context: Context) -> None:
    put(context, sweep(1, 31))
    first = detect(context)
    put(context, sweep(31, 51))

    second = detect(context)

    (alert,) = found(context, "scan")
    keys = {row["soc.match.key"] for row in matches(context)}
    assert (first["analytics"]["scan"], second["analytics"]["scan"]) == (1, 1)
    assert (len(keys), alert.count, second["opened"], second["updated"]) == (1, 50, 0, 1)
    assert alert.explanation is not None
    assert "50 个地址" in alert.explanation


def test_a_run_without_new_rows_issues_nothing(context: Context) -> None:
    put(context, sweep(1, 31))
    detect(context)

    again = detect(context)

    assert (again["matches"], again["updated"]) == (0, 0)


def test_what_goes_on_after_its_alert_was_closed_is_an_alert_of_its_own(
    context: Context,
) -> None:
    put(context, sweep(1, 31))
    detect(context)
    (alert,) = found(context, "scan")
    alerts.close(context, alert, "attack", "封堵")
    put(context, sweep(31, 51))

    detect(context)

    (again,) = found(context, "scan")
    assert again.id != alert.id
    assert again.count == 20


def test_own_scanners_are_hidden_and_stored(context: Context) -> None:
    scanner = Source(
        id="s",
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name="nmap",
        type="scanner",
        prefixes=(f"{SOURCE}/32",),
    )
    context.store.records.apply([Change("s", scanner, 0)])
    put(context, sweep(1, 31))

    value = detect(context)

    assert value["suppressed"] == 30
    (alert,) = alerts.listed(context, ["suppressed"])
    assert alert.suppressed_by == "scanner:nmap"


def test_live_and_simulated_rows_are_never_one_episode(context: Context) -> None:
    put(context, sweep(1, 21))
    put(context, [row | {"soc.origin": "simulated"} for row in sweep(21, 41)])

    detect(context)

    assert found(context, "scan") == []


def test_wrong_settings_of_one_do_not_keep_the_others_from_running(context: Context) -> None:
    put(context, sweep(1, 31))
    wrong = with_tables(context, beacon={"contact": 3})

    outcome = context.jobs.run("detect", {}, wrong)

    assert outcome.result == "partial"
    assert len(outcome.errors) == 1
    assert "detections.analytics.beacon: contact: unknown key" in outcome.errors[0]
    assert len(found(context, "scan")) == 1


def test_one_that_is_switched_off_finds_nothing(context: Context) -> None:
    put(context, sweep(1, 31))
    off = with_tables(context, scan={"enabled": False})

    detect(off)

    assert found(context, "scan") == []
    assert {each["name"]: each["enabled"] for each in listed(off, "en")}["scan"] is False


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("scan", {"timespan_s": 7}),
        ("scan", {"allow": ["nowhere"]}),
        ("exfiltration", {"declared": ["192.0.2.1"]}),
    ],
)
def test_settings_that_cannot_be_are_refused(
    context: Context, name: str, table: dict[str, Any]
) -> None:
    wrong = with_tables(context, **{name: table})

    with pytest.raises(ConfigError, match=f"detections.analytics.{name}"):
        settings_of(name, analytics()[name], wrong)


def test_a_row_cut_off_before_its_mark_is_not_issued_twice(context: Context) -> None:
    put(context, sweep(1, 31))
    detect(context)
    reader = "analytic.scan flow"
    records = context.store.records
    records.conclude(reader, records.watermark(reader), {}, ())

    detect(context)

    assert len(matches(context)) == 1
    assert len(episodes(context, "scan")) == 1


def test_a_row_that_is_gone_counts_nothing_and_says_why() -> None:
    row = {"soc.count": 5, "soc.match.figures": {"group": "g"}}

    merged, withdrawn = gone(row, merged_into="k"), gone(row)

    assert (merged["soc.count"], merged["soc.match.figures"]["merged_into"]) == (0, "k")
    assert withdrawn["soc.match.figures"] == {"group": "g", "withdrawn": "true"}


def test_rows_differ_by_what_they_say_only() -> None:
    names = ("soc.count", "event.severity", "soc.match.events", "soc.match.result")
    lists = ("soc.match.attacker", "soc.match.victim", "soc.match.figures")
    row: dict[str, Any] = dict.fromkeys((*names, *lists))

    assert differs(row, None)
    assert not differs(row | {"soc.match.attacker": []}, row | {"rule.name": "x"})
    assert differs(row | {"soc.count": 2}, row)
