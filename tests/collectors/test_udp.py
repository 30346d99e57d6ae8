"""Receiving over loopback: what is sent arrives, what is dropped is counted."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from collectors._udp import Datagram, Receiver, bound, endpoint, kernel_drops, sender
from soc.errors import ConfigError


@contextmanager
def receiving(
    *texts: str, most: int = 100_000, buffer_bytes: int = 1 << 20, start: bool = True
) -> Iterator[tuple[Receiver, list[socket.socket]]]:
    sockets = [bound(endpoint(text), buffer_bytes) for text in texts]
    receiver = Receiver(sockets, most, lambda: 42)
    if start:
        receiver.start()
    try:
        yield receiver, sockets
    finally:
        receiver.close()


def send(to: socket.socket, *payloads: bytes) -> tuple[str, int]:
    with socket.socket(to.family, socket.SOCK_DGRAM) as own:
        own.connect(to.getsockname()[:2])
        for payload in payloads:
            own.send(payload)
        name: tuple[str, int] = own.getsockname()[:2]
        return name


def taken(receiver: Receiver, count: int) -> list[Datagram]:
    found: list[Datagram] = []
    for _ in range(100):
        found += receiver.take(0.1)
        if len(found) >= count:
            break
    return found


def until(condition: Callable[[], bool]) -> bool:
    for _ in range(300):
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("text", ["127.0.0.1:0", "[::1]:0"])
@pytest.mark.parametrize("has_mmsg", [True, False])
def test_datagrams_arrive_with_their_sender(
    text: str, has_mmsg: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_mmsg:
        monkeypatch.setattr("collectors._udp_mmsg.ctypes.CDLL", lambda *_, **__: object())
    payloads = [b"", b"flows", b"x" * 60_000]
    with receiving(text) as (receiver, (own,)):
        address, port = send(own, *payloads)

        found = taken(receiver, 3)

    packed = socket.inet_pton(own.family, address)
    mapped = packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed
    assert [data for data, _, _ in found] == payloads
    assert {sender(name) for _, name, _ in found} == {(mapped, port)}
    assert {at_us for _, _, at_us in found} == {42}


def test_two_sockets_are_received_together() -> None:
    with receiving("127.0.0.1:0", "[::1]:0") as (receiver, (four, six)):
        send(four, b"4")
        send(six, b"6")

        assert sorted(data for data, _, _ in taken(receiver, 2)) == [b"4", b"6"]


def test_many_datagrams_arrive_in_order() -> None:
    payloads = [str(n).encode() for n in range(1_000)]
    with receiving("127.0.0.1:0", buffer_bytes=4 << 20) as (receiver, (own,)):
        send(own, *payloads)

        assert [data for data, _, _ in taken(receiver, 1_000)] == payloads
        assert receiver.counters().received == 1_000


def test_what_the_queue_cannot_hold_is_counted() -> None:
    with receiving("127.0.0.1:0", most=50) as (receiver, (own,)):
        send(own, *[b"x"] * 400)
        assert until(lambda: receiver.counters().received == 400)
        found = []
        while some := receiver.take(0.05):
            found += some

        assert len(found) <= 50
        assert len(found) + receiver.counters().dropped_by_queue == 400


def test_what_the_kernel_drops_is_counted() -> None:
    with receiving("127.0.0.1:0", buffer_bytes=65_536, start=False) as (receiver, (own,)):
        send(own, *[b"x" * 1_000] * 2_000)
        dropped = kernel_drops(own)
        receiver.start()
        found = taken(receiver, 2_000 - dropped)

        assert dropped > 0
        assert len(found) + dropped == 2_000
        assert receiver.counters().dropped_by_kernel == dropped


def test_a_port_that_is_taken_names_its_place() -> None:
    with receiving("127.0.0.1:0") as (_, (own,)):
        port = own.getsockname()[1]

        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1 port {port}"):
            bound(endpoint(f"127.0.0.1:{port}"), 65_536)


def test_an_address_that_is_not_ours_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1"):
        bound(endpoint("192.0.2.1:2055"), 65_536)


def test_a_buffer_that_is_not_granted_names_the_sysctl(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("collectors._udp._SO_RCVBUFFORCE", -1)
    with caplog.at_level(logging.WARNING):
        bound(endpoint("127.0.0.1:0"), 1 << 30).close()

    (record,) = caplog.records
    assert "net.core.rmem_max=1073741824" in str(vars(record)["soc.remedy"])
