"""The flows of the made day as NumPy columns: usual work, internet noise, planted sessions."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from playbooks.simulate import _city as city
from playbooks.simulate._planted import PLANTED, TWINS, Session

Columns = dict[str, npt.NDArray[np.generic]]
TCP, UDP = 6, 17
DATA, SYN, REFUSED = 0x1B, 0x02, 0x16  # flags of a whole session, an unanswered and a refused one
V6_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class _Habit:
    """A kind of usual traffic: who talks to whom on which port, and how much of it there is."""

    share: float
    clients: str
    servers: tuple[str, ...]
    port: int
    protocol: int
    octets: int  # typical, of the answer
    inside: bool  # seen by the inner router only


_OFFICES = "198.18.0.0/20"
_HABITS = (
    _Habit(
        0.30, city.CITIZENS, ("192.0.2.10", "192.0.2.20", "192.0.2.30"), 443, TCP, 48_000, False
    ),
    _Habit(0.06, city.CITIZENS, ("192.0.2.40", "192.0.2.60"), 443, TCP, 30_000, False),
    _Habit(0.22, _OFFICES, tuple(f"198.18.{n}.10" for n in range(12)), 443, TCP, 22_000, True),
    _Habit(0.20, _OFFICES, (city.RESOLVER,), 53, UDP, 220, True),
    _Habit(0.10, _OFFICES, tuple(f"198.18.{n}.20" for n in range(12)), 3306, TCP, 9_000, True),
    _Habit(0.05, _OFFICES, tuple(f"198.18.{n}.30" for n in range(12)), 445, TCP, 120_000, True),
    _Habit(0.07, city.NAT, tuple(f"203.0.113.{n}" for n in range(1, 60)), 443, TCP, 60_000, False),
)
_V6_HABIT = _Habit(1.0, city.CITIZENS_V6, ("2001:db8:200::11",), 443, TCP, 40_000, False)
_NOISE_PORTS = np.array([22, 23, 80, 445, 1433, 3389, 6379, 8080])


def flows(midnight: datetime, seed: int, amount: int) -> Iterator[tuple[int, bool, Columns]]:
    """Groups of flows as (family, seen by the inner router, columns), each sorted by end time.

    Columns: ``start_ms`` and ``end_ms`` (Unix), ``source`` and ``destination`` (n × 16 bytes,
    v4 in the last four), ``source_port``, ``destination_port``, ``protocol``, ``packets``,
    ``octets``, ``flags``. A conversation is two flows, one a direction.
    """
    rng = np.random.default_rng(seed)
    start_ms = int(midnight.timestamp() * 1_000)
    old, new = int(amount * (1 - V6_SHARE)), int(amount * V6_SHARE)
    conversations = [(_usual(h, int(old * h.share * 0.48), start_ms, rng), h) for h in _HABITS]
    noise, sessions = _noise(int(old * 0.02), start_ms, rng), _sessions(start_ms, 4)
    outer = [noise, sessions, *(c for c, h in conversations if not h.inside)]
    yield 4, False, _sorted(outer)
    yield 4, True, _sorted([c for c, h in conversations if h.inside])
    yield 6, False, _sorted([_usual(_V6_HABIT, new // 2, start_ms, rng), _sessions(start_ms, 6)])


def _usual(habit: _Habit, amount: int, start_ms: int, rng: np.random.Generator) -> Columns:
    """Conversations of one habit, both directions."""
    began = start_ms + _times_ms(amount, rng)
    lasted = rng.gamma(1.5, 4_000, amount).astype(np.int64)
    octets = np.maximum(80, rng.lognormal(np.log(habit.octets), 0.8, amount)).astype(np.int64)
    clients = _picked(_hosts(habit.clients), amount, rng)
    servers = _picked(np.stack([_packed(s) for s in habit.servers]), amount, rng)
    ports = rng.integers(32_768, 60_999, amount)
    asked = _columns(began, began + lasted, clients, servers, ports, habit, octets // 12 + 120)
    told = _columns(began, began + lasted, servers, clients, ports, habit, octets)
    told["source_port"], told["destination_port"] = (
        told["destination_port"],
        told["source_port"],
    )
    return _joined([asked, told])


def _columns(
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    source: npt.NDArray[np.uint8],
    destination: npt.NDArray[np.uint8],
    ports: npt.NDArray[np.int64],
    habit: _Habit,
    octets: npt.NDArray[np.int64],
) -> Columns:
    amount = len(start)
    flags = DATA if habit.protocol == TCP else 0
    return {
        "start_ms": start,
        "end_ms": end,
        "source": source,
        "destination": destination,
        "source_port": ports.astype(np.uint16),
        "destination_port": np.full(amount, habit.port, np.uint16),
        "protocol": np.full(amount, habit.protocol, np.uint8),
        "packets": np.maximum(1 if habit.protocol == UDP else 5, octets // 900),
        "octets": octets,
        "flags": np.full(amount, flags, np.uint8),
    }


def _noise(amount: int, start_ms: int, rng: np.random.Generator) -> Columns:
    """What the internet sends all day: single SYNs to ports that do not answer."""
    began = start_ms + rng.integers(0, 86_300_000, amount)
    columns = _columns(
        began,
        began + rng.integers(0, 900, amount),
        _picked(_hosts("198.51.100.144/28"), amount, rng),
        _picked(_hosts(city.DMZ), amount, rng),
        rng.integers(32_768, 60_999, amount),
        _Habit(1, "", (), 0, TCP, 0, False),
        np.full(amount, 60, np.int64),
    )
    columns["destination_port"] = rng.choice(_NOISE_PORTS, amount).astype(np.uint16)
    columns["packets"] = np.ones(amount, np.int64)
    columns["flags"] = np.full(amount, SYN, np.uint8)
    return columns


def _sessions(start_ms: int, family: int) -> Columns:
    """The planted sessions and their twins, of one family."""
    traces = [t for thing in (*PLANTED, *TWINS) for t in thing.traces if isinstance(t, Session)]
    ours = [t for t in traces if ipaddress.ip_address(t.source).version == family]
    began = np.array([start_ms + t.minute * 60_000 for t in ours], np.int64)
    return {
        "start_ms": began,
        "end_ms": began + np.array([int(t.seconds * 1_000) for t in ours], np.int64),
        "source": np.stack([_packed(t.source) for t in ours]),
        "destination": np.stack([_packed(t.destination) for t in ours]),
        "source_port": np.array([50_000 + n for n in range(len(ours))], np.uint16),
        "destination_port": np.array([t.port for t in ours], np.uint16),
        "protocol": np.full(len(ours), TCP, np.uint8),
        "packets": np.array([t.packets for t in ours], np.int64),
        "octets": np.array([t.octets for t in ours], np.int64),
        "flags": np.array([t.flags for t in ours], np.uint8),
    }


def _times_ms(amount: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Times of a working day: a night's floor and two humps in office hours."""
    hump = np.where(
        rng.random(amount) < 0.5, rng.normal(10, 1.6, amount), rng.normal(15, 1.8, amount)
    )
    hours = np.where(rng.random(amount) < 0.25, rng.random(amount) * 24, hump)
    return (np.clip(hours, 0, 23.95) * 3_600_000).astype(np.int64)


def _hosts(prefix: str) -> npt.NDArray[np.uint8]:
    """Hosts of a network, at most 2,000 of them."""
    network = ipaddress.ip_network(prefix)
    count = min(network.num_addresses - 2, 2_000)
    step = max(1, (network.num_addresses - 2) // 2_000) if network.version == 4 else 1
    return np.stack([_packed(str(network[1 + n * step])) for n in range(count)])


def _packed(address: str) -> npt.NDArray[np.uint8]:
    raw = ipaddress.ip_address(address).packed.rjust(16, b"\0")
    return np.frombuffer(raw, np.uint8)


def _picked(
    pool: npt.NDArray[np.uint8], amount: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Members of the pool, the first ones far more often (Zipf-like)."""
    ranks = (len(pool) * rng.random(amount) ** 2.2).astype(np.int64)
    return pool[np.minimum(ranks, len(pool) - 1)]


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sorted(parts: list[Columns]) -> Columns:
    joined = _joined(parts)
    order = np.argsort(joined["end_ms"], kind="stable")
    return {name: column[order] for name, column in joined.items()}
