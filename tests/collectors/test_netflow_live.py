"""Live reception over loopback, and what survives a restart."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from collectors import netflow
from soc.batch import Batch
from soc.context import Context
from soc.errors import ConfigError
from tests.collectors.netflow_wire import (
    FLOW,
    FLOW_TEMPLATE,
    a_set,
    flow,
    ipfix,
    rows,
    tally,
    template,
    v9,
)


def free_port(family: socket.AddressFamily = socket.AF_INET) -> int:
    with socket.socket(family, socket.SOCK_DGRAM) as own:
        own.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        port: int = own.getsockname()[1]
        return port


def live(context: Context, *listen: str, most: int, **more: object) -> Iterator[Batch]:
    values = {"listen": listen, "max_datagrams": most, "seconds": 20, **more}
    return netflow.collect(netflow.Settings.model_validate(values), context, lambda _: 0)


def exporter(address: str = "127.0.0.1") -> socket.socket:
    """One that keeps its port, as exporters do."""
    own = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((address, 0))
    return own


def received(context: Context, own: socket.socket, port: int, *data: bytes) -> list[Batch]:
    """What a collector made of datagrams that came when it was ready."""
    address = own.getsockname()[0]
    text = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    batches = live(context, text, most=len(data))
    found = [next(batches)]
    for one in data:
        own.sendto(one, (address, port))
    return found + list(batches)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_flows_that_are_received_are_live_and_name_their_exporter(
    context: Context, address: str
) -> None:
    with exporter(address) as own:
        found = received(context, own, free_port(own.family), v9(FLOW_TEMPLATE, a_set(256, flow())))

    (row,) = rows(found)
    assert (row["soc.origin"], row["observer.ip"]) == ("live", address)
    assert row["soc.record"] == 1


def test_two_sessions_never_share_a_source(context: Context) -> None:
    with exporter() as own:
        first = received(context, own, free_port(), v9(FLOW_TEMPLATE))
        second = received(context, own, free_port(), v9(FLOW_TEMPLATE))

    assert {batch.source for batch in first}.isdisjoint(batch.source for batch in second)


def test_after_a_restart_the_first_datagram_is_decoded(context: Context) -> None:
    with exporter() as own:
        received(context, own, free_port(), ipfix(template(256, *FLOW, version=10)))

        found = received(context, own, free_port(), ipfix(a_set(256, flow())))

    assert (tally(found).records, tally(found).waiting) == (1, 0)


def test_templates_of_other_exporters_are_kept_when_ours_are_saved(context: Context) -> None:
    for _ in range(2):
        with exporter() as own:
            received(context, own, free_port(), v9(FLOW_TEMPLATE))

    saved = context.store.home / "state" / "netflow-templates.json"
    assert len(orjson.loads(saved.read_bytes())) == 2


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"address": "zz"}]', b"\xff"])
def test_saved_templates_that_cannot_be_read_are_left_out(context: Context, content: bytes) -> None:
    saved = context.store.home / "state" / "netflow-templates.json"
    saved.parent.mkdir(parents=True, exist_ok=True)
    Path(saved).write_bytes(content)

    with exporter() as own:
        found = received(context, own, free_port(), v9(FLOW_TEMPLATE, a_set(256, flow())))

    assert tally(found).records == 1


def test_exporters_that_are_not_listed_are_not_heard(context: Context) -> None:
    port = free_port()
    batches = live(context, f"127.0.0.1:{port}", most=1, exporters=("192.0.2.0/24",))
    next(batches)
    with exporter() as own:
        own.sendto(v9(FLOW_TEMPLATE, a_set(256, flow())), ("127.0.0.1", port))

        assert tally(batches).records == 0


def test_it_gives_a_sign_of_life_while_nothing_comes(context: Context) -> None:
    batches = live(context, f"127.0.0.1:{free_port()}", most=9)

    signs = [next(batches) for _ in range(2)]
    batches.close()  # type: ignore[attr-defined]  # it is a generator

    assert [batch.rows for batch in signs] == [None, None]


def test_a_port_that_is_taken_is_a_wrong_setting(context: Context) -> None:
    with exporter() as own:
        port = own.getsockname()[1]

        with pytest.raises(ConfigError, match="listen"):
            next(live(context, f"127.0.0.1:{port}", most=1))
