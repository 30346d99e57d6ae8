"""What is taken out of business use, each by its own name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from soc.context import Context
from soc.errors import ConfigError
from soc.records.asset import Asset, Endpoint
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.flows import put
from tests.detections.rolled import ZONE, call, registered, roll, use

HOST = "192.0.2.21"  # in the ledger without a port


@pytest.fixture(autouse=True)
def estate(context: Context, clock: SetClock) -> None:
    registered(context, clock)


def configured(context: Context, **table: Any) -> Context:
    return replace(
        context, config=context.config.model_copy(update={"detections": {"rollup": table}})
    )


def asked(client: str, number: int, port: int, transport: str = "udp") -> dict[str, Any]:
    more: dict[str, Any] = {"network__transport": transport, "destination__packets": 2}
    return call(client, number, server=HOST, port=port, **more)


def test_crawlers_of_the_sites_list_are_taken_out(context: Context) -> None:
    put(context, [call("203.0.113.90", 0), call("2001:db8:c::9", 1), call("203.0.113.5", 2)])

    roll(configured(context, crawlers=["203.0.113.88/29", "2001:db8:c::/48"]))

    found = use(context)
    assert (found["flows"], found["removed"], found["crawlers"]) == (3, 2, 2)
    assert found["callers"] == ["203.0.113.5"]


def test_a_crawler_that_is_no_network_is_refused(context: Context) -> None:
    put(context, [call("203.0.113.90", 0)])

    with pytest.raises(ConfigError, match="crawlers"):
        roll(configured(context, crawlers=["baidu"]))


def test_time_and_names_asked_of_a_host_are_no_use_of_it(context: Context) -> None:
    put(
        context,
        [asked("198.18.0.9", 0, 123), asked("198.18.0.9", 1, 53), asked("198.18.0.7", 2, 8080)],
    )

    roll(context)

    found = use(context, None)
    assert (found["flows"], found["chatter"], found["clients"]) == (3, 2, 1)


def test_who_serves_three_clients_with_names_is_a_name_server(context: Context) -> None:
    put(context, [asked(f"198.18.0.{n}", n, 53) for n in range(1, 4)])

    roll(context)

    assert (use(context, None)["chatter"], use(context, None)["clients"]) == (0, 3)


def test_tcp_on_such_a_port_and_a_port_of_the_ledger_are_use(
    context: Context, clock: SetClock
) -> None:
    put(context, [asked("198.18.0.9", 0, 53, "tcp"), call("198.18.0.9", 1)])

    roll(context)

    assert (use(context, None)["chatter"], use(context)["clients"]) == (0, 1)


def test_a_broadcast_is_addressed_to_no_endpoint(context: Context) -> None:
    put(context, [call("192.0.2.9", 0, server="192.0.2.255", port=9_999)])

    roll(context)

    assert (use(context)["flows"], use(context, None)["flows"]) == (0, 0)


def test_clients_are_named_up_to_sixteen_and_counted_beyond(context: Context) -> None:
    put(context, [call(f"198.18.1.{n}", n) for n in range(1, 18)])
    put(context, [asked(f"198.18.1.{n}", n, 8_080) for n in range(1, 17)])

    roll(context)

    many, few = use(context), use(context, None)
    assert (many["clients"], many["callers"]) == (17, None)
    assert (few["clients"], len(few["callers"])) == (16, 16)


def test_one_client_by_two_transports_is_one(context: Context, clock: SetClock) -> None:
    either = Endpoint(zone=ZONE, address="192.0.2.22", port=53)
    stamp: dict[str, Any] = {"at": clock.now(), "author": context.actor.author()}
    asset = Asset(id="a9", state="active", name="解析", endpoints=(either,), **stamp)
    context.store.records.apply([Change("a9", asset, 0)])
    rows = [
        asked("198.18.0.9", n, 53, each) | {"destination.ip": "192.0.2.22"}
        for n, each in enumerate(("udp", "tcp"))
    ]
    put(context, rows)

    roll(context)

    found = use(context, 53)
    assert (found["flows"], found["clients"], found["callers"]) == (2, 1, ["198.18.0.9"])
