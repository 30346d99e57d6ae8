"""Planted behaviour that no single flow shows: sweeps, guessing, a beacon, a great upload.

Each campaign is a list of calls; ``_traffic`` makes flows of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from playbooks.simulate import _city as city

SYN, DATA = 0x02, 0x1B
GB = 1_000_000_000

SWEEPER = "198.51.100.23"
KIOSK, KIOSK_V6 = "198.18.10.66", "2001:db8:100:a::66"
GUESSED = "198.18.8.22"
CALLER, CALLED = "198.18.7.15", "198.51.100.77"
STORMER = "198.51.100.178"  # stands behind the front of a CDN
STORM, STORM_MINUTE = 2_300, 845  # requests that the WAF stops, from five past two on
LEAK, LEAKED_TO = "198.18.0.45", "203.0.113.200"
BACKUP, BACKUP_TO = "198.18.0.46", "203.0.113.201"
CITY_SCANNER = "203.0.113.250"  # sanctioned, registered
QUIET = (10, 70)  # minutes of the day in which the outer router exports nothing


@dataclass(frozen=True, slots=True)
class Call:
    """One flow: seconds of the day, ends, what the client sent, how long it lasted."""

    second: float
    source: str
    destination: str
    port: int
    packets: int
    octets: int
    lasted_s: float
    flags: int = DATA


def outer(rng: random.Random) -> Iterator[Call]:
    """What the internet exit sees: three sweeps of the DMZ, and what leaves through the NAT."""
    yield from _sweep(SWEEPER, 9 * 3_600 + 300, rng)
    yield from _sweep(CITY_SCANNER, 9 * 3_600 + 1_800, rng)
    yield from _sweep(city.SCANNER, 10 * 3_600, rng)
    for call in _uploads():
        yield replace(call, source=city.TRANSLATED)


def inner(rng: random.Random) -> Iterator[Call]:
    """What the inner router sees: the kiosk, the caller, the upload and the backup."""
    yield from _kiosk(rng)
    yield from _guesses(rng)
    yield from _beacon(rng)
    yield from _uploads()


def _uploads() -> Iterator[Call]:
    """The great one and the usual backup, as they are before their source is translated."""
    rng = random.Random(18)  # noqa: S311 - made data, the same for both routers
    yield from _upload(LEAK, LEAKED_TO, 100 * 60, 110, 18 * GB, rng)
    yield from _upload(BACKUP, BACKUP_TO, 60 * 60, 50, 3 * GB, rng)


def _sweep(source: str, start_s: float, rng: random.Random) -> Iterator[Call]:
    """Six ports of a hundred addresses in five minutes; nothing answers."""
    for host in range(1, 101):
        for port in (22, 80, 443, 1433, 3389, 8080):
            at = start_s + rng.random() * 300
            yield Call(at, source, f"192.0.2.{host}", port, 1, 60, 0.0, SYN)


def _kiosk(rng: random.Random) -> Iterator[Call]:
    start_s = 10 * 3_600 + 1_200
    for n in range(120):
        at = start_s + rng.random() * 240
        yield Call(at, KIOSK, f"198.18.{n % 10}.{100 + n // 10}", 445, 1, 60, 0.0, SYN)
    for n in range(60):
        at = start_s + 240 + rng.random() * 240
        yield Call(at, KIOSK_V6, f"2001:db8:100:8::{n + 1:x}", 445, 1, 80, 0.0, SYN)


def _guesses(rng: random.Random) -> Iterator[Call]:
    """Seventy wrong passwords in six minutes, then one that is right."""
    start_s = 10 * 3_600 + 1_800
    for n in range(70):
        lasted = 2 + rng.random() * 3
        packets = rng.randrange(14, 22)
        yield Call(start_s + n * 5, KIOSK, GUESSED, 22, packets, packets * 120, lasted)
    yield Call(start_s + 400, KIOSK, GUESSED, 22, 900, 84_000, 540.0)


def _beacon(rng: random.Random) -> Iterator[Call]:
    """Every sixty seconds, give or take ten per cent, from eleven o'clock on."""
    at = 11 * 3_600.0
    while at < 23.5 * 3_600:
        yield Call(at, CALLER, CALLED, 443, 6, 640 + rng.randrange(24), 0.8)
        at += 60 * (1 + rng.uniform(-0.1, 0.1))


def _upload(
    source: str, destination: str, start_s: float, minutes: int, octets: int, rng: random.Random
) -> Iterator[Call]:
    """Many megabytes, now more, now less, at uneven times."""
    share = octets // minutes
    for minute in range(minutes):
        sent = int(share * rng.uniform(0.4, 1.6))
        at = start_s + (minute + rng.uniform(-2, 2)) * 60
        yield Call(at, source, destination, 443, sent // 1_400, sent, rng.uniform(20, 58))
