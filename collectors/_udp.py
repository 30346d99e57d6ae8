"""Receiving UDP datagrams: one thread that only copies them into a bounded queue.

``recvmmsg`` by ctypes takes many datagrams a call; where the C library lacks it, ``recvfrom``.
Decoding on the receiving thread would lose datagrams whenever it takes longer than the
kernel's buffer lasts.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import unpack_from
from threading import Condition, Thread
from typing import NamedTuple

from collectors._udp_mmsg import Mmsg
from soc import net
from soc.errors import ConfigError, InputError

log = logging.getLogger(__name__)

_SO_RCVBUFFORCE, _SO_MEMINFO = 33, 55  # asm-generic/socket.h
_MEMINFO_DROPS = 8  # index of SK_MEMINFO_DROPS among the nine numbers
_NAP_S, _WAIT_MS = 0.005, 100
_CALL = 128  # datagrams a call

Sender = bytes  # sockaddr as the kernel gives it
Datagram = tuple[bytes, Sender, int]  # octets, sender, microseconds of UTC of its arrival


class Endpoint(NamedTuple):
    """An address and port to receive on."""

    family: socket.AddressFamily
    address: str
    port: int


@dataclass(slots=True)
class Counters:
    """What a receiver saw so far."""

    received: int = 0  # datagrams taken from the kernel
    dropped_by_kernel: int = 0
    dropped_by_queue: int = 0


def endpoint(text: str) -> Endpoint:
    """``192.0.2.1:2055`` or ``[2001:db8::1]:2055``.

    Raises:
        ValueError: it is not that.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) < 65_536:
        raise ValueError(f"{text!r}: expect address:port, IPv6 in brackets")
    is_bracketed = host.startswith("[") and host.endswith("]")
    try:
        found = net.address(host[1:-1] if is_bracketed else host)
    except InputError as error:
        raise ValueError(str(error)) from error
    if (found.family == 6) != is_bracketed:
        raise ValueError(f"{text!r}: expect address:port, IPv6 in brackets")
    family = socket.AF_INET6 if is_bracketed else socket.AF_INET
    return Endpoint(family, str(found).split("/")[0], int(port))


def bound(wanted: Endpoint, buffer_bytes: int) -> socket.socket:
    """A socket that receives there, with as large a kernel buffer as we may have.

    Raises:
        ConfigError: the address is not ours, or the port is taken.
    """
    found = socket.socket(wanted.family, socket.SOCK_DGRAM)
    try:
        if wanted.family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _enlarge(found, buffer_bytes)
        found.setblocking(False)
        found.bind((wanted.address, wanted.port))
    except OSError as error:
        found.close()
        raise ConfigError(
            f"listen: {wanted.address} port {wanted.port}: {error.strerror}: "
            "name an address of this host and a port that is free"
        ) from error
    return found


def _enlarge(found: socket.socket, buffer_bytes: int) -> None:
    try:
        found.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer_bytes)
    except OSError:  # not allowed without CAP_NET_ADMIN
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    granted = found.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    if granted < buffer_bytes:
        log.warning(
            "receive buffer smaller than wanted: raise it by sysctl",
            extra={
                "soc.granted_bytes": granted,
                "soc.remedy": f"sysctl -w net.core.rmem_max={buffer_bytes}",
            },
        )


def sender(raw: Sender) -> tuple[bytes, int]:
    """Address as 16 octets, IPv4 mapped, and port of a sockaddr."""
    port = unpack_from(">H", raw, 2)[0]
    if unpack_from("=H", raw)[0] == socket.AF_INET:
        return bytes(10) + b"\xff\xff" + raw[4:8], port
    return raw[8:24], port


class Receiver:
    """Takes datagrams off its sockets from ``start`` to ``close``."""

    def __init__(
        self, sockets: Sequence[socket.socket], most: int, now_us: Callable[[], int]
    ) -> None:
        self._sockets = list(sockets)
        self._arenas = [Mmsg(one, _CALL) for one in sockets]
        self._most = most
        self._now_us = now_us
        self._queue: deque[list[Datagram]] = deque()
        self._waiting = 0
        self._ready = Condition()
        self._counters = Counters()
        self._is_stopped = False
        self._thread = Thread(target=self._run, name="udp receiver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop receiving and close the sockets."""
        self._is_stopped = True
        if self._thread.is_alive():
            self._thread.join()
        for one in self._sockets:
            one.close()

    def take(self, timeout_s: float) -> list[Datagram]:
        """Datagrams that came together; empty after so long without any."""
        with self._ready:
            if not self._queue:
                self._ready.wait(timeout_s)
            if not self._queue:
                return []
            found = self._queue.popleft()
            self._waiting -= len(found)
            return found

    def counters(self) -> Counters:
        """What was received and dropped up to now."""
        with self._ready:
            now = Counters(
                self._counters.received,
                self._counters.dropped_by_kernel,
                self._counters.dropped_by_queue,
            )
        now.dropped_by_kernel = sum(map(kernel_drops, self._sockets))
        return now

    def _run(self) -> None:
        poll = select.poll()
        for one in self._sockets:
            poll.register(one, select.POLLIN)
        while not self._is_stopped:
            got = sum(self._drain(arena) for arena in self._arenas)
            if got == 0:
                poll.poll(_WAIT_MS)
            elif got < _CALL // 2:
                time.sleep(_NAP_S)  # let more come: a call for each would cost more

    def _drain(self, arena: Mmsg) -> int:
        pairs = arena.receive()
        if not pairs:
            return 0
        at_us = self._now_us()
        found = [(data, name, at_us) for data, name in pairs]
        with self._ready:
            self._counters.received += len(found)
            if self._waiting + len(found) > self._most:
                self._counters.dropped_by_queue += len(found)
            else:
                self._queue.append(found)
                self._waiting += len(found)
                self._ready.notify()
        return len(found)


def kernel_drops(found: socket.socket) -> int:
    """Datagrams that the kernel dropped at this socket; 0 where it does not tell."""
    try:
        raw = found.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
    except OSError:
        return 0
    return int(unpack_from("=I", raw, 4 * _MEMINFO_DROPS)[0]) if len(raw) >= 36 else 0
