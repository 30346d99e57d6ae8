from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from playbooks.simulate import _city as city
from playbooks.simulate._netflow import octets16
from playbooks.simulate._planted import PLANTED, TWINS, Session
from playbooks.simulate._traffic import Columns, flows
from playbooks.simulate.day import midnight

AMOUNT = 20_000


@cache
def made() -> tuple[Columns, Columns]:
    return flows(midnight(), 7, AMOUNT)


def test_there_are_about_as_many_flows_as_asked_for_a_fifth_of_them_v6() -> None:
    sources = np.concatenate([columns["source.ip"] for columns in made()])
    v6 = (sources[:, :2] == (0x20, 0x01)).all(axis=1)

    planted = 4_000  # the campaigns come on top, however small the day
    assert 0.97 * AMOUNT <= len(sources) <= 1.03 * AMOUNT + planted
    assert v6.sum() == pytest.approx(0.2 * AMOUNT, rel=0.05)


@pytest.mark.parametrize("router", [0, 1])
def test_flows_begin_on_the_day_and_come_by_their_end(router: int) -> None:
    columns = made()[router]
    start = int(midnight().timestamp() * 1_000_000)
    end = int((midnight() + timedelta(days=1)).timestamp() * 1_000_000)

    assert start <= columns["event.start"].min()
    assert columns["event.start"].max() < end
    assert (np.diff(columns["event.end"]) >= 0).all()
    assert (
        columns["event.end"].astype(np.int64) - columns["event.start"].astype(np.int64)
    ).min() >= 0


@pytest.mark.parametrize("router", [0, 1])
def test_every_flow_has_packets_and_bytes(router: int) -> None:
    columns = made()[router]

    assert columns["source.packets"].min() >= 1
    octets, packets = (columns[f"source.{n}"].astype(np.int64) for n in ("bytes", "packets"))
    assert (octets // packets).min() >= 20


def test_every_planted_session_is_seen_by_the_outer_router() -> None:
    outer = made()[0]
    seen = {
        (source.tobytes(), int(port))
        for source, port in zip(outer["source.ip"], outer["destination.port"], strict=True)
    }
    ours = [t for thing in (*PLANTED, *TWINS) for t in thing.traces if isinstance(t, Session)]

    assert {(octets16([t.source])[0].tobytes(), t.port) for t in ours} <= seen


def test_usual_traffic_has_no_session_from_an_attacker() -> None:
    planted = {octets16([thing.attacker])[0].tobytes() for thing in PLANTED}
    outer = made()[0]
    prefix = octets16([city.ATTACKERS.partition("/")[0]])[0][:15].tobytes()
    theirs = [
        (source.tobytes(), int(flags))
        for source, flags in zip(outer["source.ip"], outer["soc.tcp_flags"], strict=True)
        if source[:15].tobytes() == prefix
    ]

    assert {flags for source, flags in theirs if source not in planted} == {0x02}


def test_the_same_seed_makes_the_same_flows_and_another_seed_others() -> None:
    again, other = flows(midnight(), 7, AMOUNT)[0], flows(midnight(), 8, AMOUNT)[0]

    assert all((again[name] == made()[0][name]).all() for name in again)
    assert not np.array_equal(other["event.start"], made()[0]["event.start"])
