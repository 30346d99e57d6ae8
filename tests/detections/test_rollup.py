"""Daily facts: use of endpoints, figures of metrics; on a real store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc.context import Context
from soc.metrics.figures import figures, total
from soc.query import Select
from soc.records.asset import Asset, Endpoint
from soc.records.source import Source
from soc.records.zone import Zone
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.analytics.test_silence import lived
from tests.detections.flows import DATA, DAWN, REFUSED, flow, put
from tests.detections.rolled import AT, DAY, SERVER, ZONE, answer, call, registered, roll, use


@pytest.fixture(autouse=True)
def estate(context: Context, clock: SetClock) -> None:
    registered(context, clock)


def test_calls_and_answers_of_two_rows_are_one_use(context: Context) -> None:
    rows = [call("203.0.113.5", n, flags=2, packets=1, octets=60) for n in range(3)]
    put(context, [*rows, answer("203.0.113.5", 0), answer("203.0.113.5", 1)])

    roll(context)

    found = use(context)
    assert (found["clients"], found["flows"], found["answered"]) == (1, 3, 2)
    assert found["bytes"] == 3 * 60 + 2 * 9_000


def test_a_reset_is_no_answer_and_data_of_the_client_shows_one(context: Context) -> None:
    refused = answer("203.0.113.5", 0, packets=1, flags=0x14)
    put(context, [call("203.0.113.5", 0, flags=REFUSED, packets=1), refused])
    put(context, [call("203.0.113.6", 1)])

    roll(context)

    found = use(context)
    assert (found["clients"], found["flows"], found["answered"]) == (1, 2, 1)


def test_what_two_routers_export_counts_once(context: Context) -> None:
    rows = [call("203.0.113.5", n) for n in range(4)]
    put(context, [*rows, *(row | {"observer.name": "core"} for row in rows)])

    roll(context)

    assert (use(context)["flows"], use(context)["bytes"]) == (4, 4 * 900)


def test_own_scanners_monitors_and_sweepers_are_taken_out_and_counted(context: Context) -> None:
    sweep = [
        call("198.51.100.9", n, server=f"192.0.2.{n + 1}", flags=2, packets=1) for n in range(30)
    ]
    put(context, [*sweep, call("203.0.113.250", 50), call("203.0.113.251", 51)])
    put(context, [call("203.0.113.5", 52)])
    tables = {"rollup": {"monitors": ["203.0.113.251"]}}

    roll(replace(context, config=context.config.model_copy(update={"detections": tables})))

    found = use(context)
    assert (found["flows"], found["removed"], found["clients"]) == (4, 3, 1)


def test_an_address_without_a_port_counts_all_its_services_and_no_answers_to_itself(
    context: Context,
) -> None:
    server = "192.0.2.21"
    own = flow(
        AT,
        server,
        "203.0.113.80",
        443,
        packets=5,
        octets=500,
        flags=DATA,
        source_port=50_000,
        soc__source__zone=ZONE,
    )
    put(
        context,
        [
            call("203.0.113.5", 0, server=server, port=443),
            call("203.0.113.5", 1, server=server, port=8080),
            own,
            answer("192.0.2.21", 2, server="203.0.113.80", soc__destination__zone=None),
        ],
    )

    roll(context)

    found = use(context, None)
    assert (found["flows"], found["clients"], found["outbound"]) == (2, 1, 1)


def test_a_quiet_day_is_nought_with_its_coverage(context: Context) -> None:
    put(context, lived(DAWN, DAWN + timedelta(hours=12)), "health")

    roll(context)

    found = use(context)
    assert (found["flows"], found["clients"], found["coverage"]) == (0, 0, 0.5)


def test_late_rows_make_their_day_again_and_no_other(context: Context, clock: SetClock) -> None:
    put(context, [call("203.0.113.5", 0)])
    roll(context)
    clock.set(DAWN + timedelta(days=3, hours=1))
    roll(context)
    early = call("203.0.113.6", 1)
    put(context, [early])

    value = roll(context)

    assert value["dates"] == ["2026-03-18", "2026-03-21"]
    assert use(context)["clients"] == 2
    assert [f.value for f in figures(context, DAY, DAY, "flows_seen")] == [2]


def test_a_day_that_was_not_over_is_made_again(context: Context, clock: SetClock) -> None:
    put(context, lived(DAWN, DAWN + timedelta(hours=12)), "health")
    clock.set(DAWN + timedelta(hours=12))
    roll(context)
    assert use(context)["coverage"] == 1.0

    clock.set(DAWN + timedelta(hours=30))
    roll(context)

    assert use(context)["coverage"] == 0.5


def test_a_repeated_run_says_the_same(context: Context) -> None:
    put(context, [call("203.0.113.5", n) for n in range(5)])
    roll(context)
    once = (use(context), figures(context, DAY, DAY))

    roll(context, since=DAY.isoformat())

    assert (use(context), figures(context, DAY, DAY)) == once


def test_figures_have_the_coverage_of_their_day_and_add_up(
    context: Context, clock: SetClock
) -> None:
    put(context, lived(DAWN, DAWN + timedelta(hours=24)), "health")
    put(context, [call("203.0.113.5", n) for n in range(5)])
    put(context, [call("203.0.113.5", 86_400 + n) for n in range(2)])
    clock.set(DAWN + timedelta(days=3))
    roll(context)

    found = total(context, "flows_seen", DAY, DAY + timedelta(days=3))

    assert (found.value, found.how, found.days, found.wanted) == (7, "sum", 2, 4)
    assert found.coverage == pytest.approx(0.25)


def test_a_unit_that_a_day_no_longer_has_becomes_nought(context: Context) -> None:
    alert = {
        "@timestamp": AT,
        "event.action": "blocked",
        "source.ip": "198.51.100.9",
        "destination.ip": SERVER,
        "rule.id": "1",
        "soc.destination.unit": "u1",
        "soc.origin": "live",
    }
    put(context, [alert], "alert")
    roll(context)

    (found,) = figures(context, DAY, DAY, "attacks_blocked", "unit")
    assert (found.member, found.value, found.rule) == ("u1", 1, "attacks_blocked/1")

    scanner = context.store.records.get("source", "s1")
    assert isinstance(scanner, Source)
    told = replace(scanner, prefixes=("198.51.100.9/32",))
    context.store.records.apply([Change("s1/2", told, scanner.revision)])
    roll(context, since=DAY.isoformat())

    (found,) = figures(context, DAY, DAY, "attacks_blocked", "unit")
    assert found.value == 0


def test_demonstration_data_is_kept_apart(context: Context) -> None:
    put(context, [call("203.0.113.5", 0, soc__origin="simulated")])

    roll(context)
    roll(context, origins=["simulated"])

    live = figures(context, DAY, DAY, "flows_seen")
    made = figures(context, DAY, DAY, "flows_seen", origins=("simulated",))
    assert ([f.value for f in live], [f.value for f in made]) == ([None], [1])


def test_the_same_address_in_two_zones_is_two_endpoints(context: Context, clock: SetClock) -> None:
    ends = tuple(
        Endpoint(zone=zone, address="198.19.8.5", port=443, protocol="tcp")
        for zone in ("政务云", "视频专网")
    )
    asset = Asset(
        id="a2",
        state="active",
        at=clock.now(),
        author=context.actor.author(),
        name="两处",
        endpoints=ends,
    )
    context.store.records.apply([Change("a2", asset, 0)])
    put(
        context,
        [
            call("198.18.4.1", n, server="198.19.8.5", soc__destination__zone=zone)
            for n, zone in enumerate(("政务云", "政务云", "视频专网"))
        ],
    )

    roll(context)

    rows = [
        row
        for batch in context.engine.select(Select("usage", latest_by="soc.usage.key"))
        for row in batch.to_pylist()
        if row["soc.usage.ip"] == "198.19.8.5" and row["soc.usage.day"] == DAY.isoformat()
    ]
    assert {row["soc.usage.zone"]: row["soc.usage.flows"] for row in rows} == {
        "政务云": 2,
        "视频专网": 1,
    }


def test_rows_stored_before_the_ledger_had_the_address_count_too(context: Context) -> None:
    zone = Zone(
        id="z1",
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name=ZONE,
        prefixes=("192.0.2.0/24",),
    )
    context.store.records.apply([Change("z1", zone, 0)])
    put(context, [call("203.0.113.5", 0, soc__destination__zone=None)])

    roll(context)

    assert use(context)["clients"] == 1


DRAWN = st.tuples(st.integers(1, 4), st.booleans(), st.booleans(), st.sampled_from(("a", "b")))
_DAYS_AGO = count(10)


@given(st.lists(DRAWN, max_size=25))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_use_is_what_a_plain_count_gives(
    context: Context, drawn: list[tuple[int, bool, bool, str]]
) -> None:
    back = timedelta(days=next(_DAYS_AGO))
    rows: list[dict[str, Any]] = []
    calls: Counter[tuple[str, str]] = Counter()
    spoke: Counter[tuple[str, str]] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    for number, (client, has_data, has_answer, observer) in enumerate(drawn):
        name = f"203.0.113.{client}"
        flags = DATA if has_data else 2
        rows.append(call(name, number, flags=flags, observer__name=observer))
        calls[name, observer] += 1
        spoke[name, observer] += has_data
        if has_answer:
            rows.append(answer(name, number, observer__name=observer))
            told[name, observer] += 1
    put(context, [row | {"@timestamp": row["@timestamp"] - back} for row in rows])

    roll(context, since=(DAY - back).isoformat())

    names = {name for name, _ in calls}
    most = {n: max(calls[n, o] for o in "ab") for n in names}
    known = {n: max(max(spoke[n, o], told[n, o]) for o in "ab") for n in names}
    found = use(context, day=DAY - back)
    assert found["flows"] == sum(most.values())
    assert found["answered"] == sum(min(most[n], known[n]) for n in names)
    assert found["clients"] == sum(known[n] > 0 for n in names)
