"""The flows of the made day as NumPy columns: usual work, internet noise, planted sessions."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city
from playbooks.simulate._campaigns import Call
from playbooks.simulate._netflow import octets16
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


def flows(midnight: datetime, seed: int, amount: int) -> tuple[Columns, Columns]:
    """What the outer and the inner router export: columns as ``_netflow`` takes them, by end.

    A conversation is two flows, one a direction.
    """
    rng = np.random.default_rng(seed)
    start_ms = int(midnight.timestamp() * 1_000)
    old, new = int(amount * (1 - V6_SHARE)), int(amount * V6_SHARE)
    outer = [_noise(int(old * 0.02), start_ms, rng), _sessions(start_ms)]
    outer.append(_usual(_V6_HABIT, new // 2, start_ms, rng))
    luck = random.Random(seed)  # noqa: S311 - made data, not a secret
    outer.append(_calls(_campaigns.outer(luck), start_ms))
    inner = [_calls(_campaigns.inner(luck), start_ms)]
    for habit in _HABITS:
        made = _usual(habit, int(old * habit.share * 0.49), start_ms, rng)
        (inner if habit.inside else outer).append(made)
    return _interrupted(_sorted(outer), start_ms), _sorted(inner)


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
    told["source.port"], told["destination.port"] = (
        told["destination.port"],
        told["source.port"],
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
        "event.start": start,
        "event.end": end,
        "source.ip": source,
        "destination.ip": destination,
        "source.port": ports.astype(np.uint16),
        "destination.port": np.full(amount, habit.port, np.uint16),
        "network.iana_number": np.full(amount, habit.protocol, np.uint8),
        "source.packets": np.maximum(1 if habit.protocol == UDP else 5, octets // 900),
        "source.bytes": octets,
        "soc.tcp_flags": np.full(amount, flags, np.uint8),
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
    columns["destination.port"] = rng.choice(_NOISE_PORTS, amount).astype(np.uint16)
    columns["source.packets"] = np.ones(amount, np.int64)
    columns["soc.tcp_flags"] = np.full(amount, SYN, np.uint8)
    return columns


def _sessions(start_ms: int) -> Columns:
    """The planted sessions and their twins."""
    traces = (t for thing in (*PLANTED, *TWINS) for t in thing.traces if isinstance(t, Session))
    return _calls((_call(trace) for trace in traces), start_ms)


def _call(trace: Session) -> Call:
    begun = trace.minute * 60.0
    ends = (trace.source, trace.destination, trace.port)
    return Call(begun, *ends, trace.packets, trace.octets, trace.seconds, trace.flags)


def _calls(calls: Iterable[Call], start_ms: int) -> Columns:
    """Calls as flows of their clients."""
    made = list(calls)
    began = start_ms + np.array([int(call.second * 1_000) for call in made], np.int64)
    return {
        "event.start": began,
        "event.end": began + np.array([int(call.lasted_s * 1_000) for call in made], np.int64),
        "source.ip": octets16(call.source for call in made),
        "destination.ip": octets16(call.destination for call in made),
        "source.port": np.array([32_768 + n % 28_000 for n in range(len(made))], np.uint16),
        "destination.port": np.array([call.port for call in made], np.uint16),
        "network.iana_number": np.full(len(made), TCP, np.uint8),
        "source.packets": np.array([call.packets for call in made], np.int64),
        "source.bytes": np.array([call.octets for call in made], np.int64),
        "soc.tcp_flags": np.array([call.flags for call in made], np.uint8),
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
    octets: npt.NDArray[np.uint8] = octets16([address])[0]
    return octets


def _picked(
    pool: npt.NDArray[np.uint8], amount: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Members of the pool, the first ones far more often (Zipf-like)."""
    ranks = (len(pool) * rng.random(amount) ** 2.2).astype(np.int64)
    return pool[np.minimum(ranks, len(pool) - 1)]


def _interrupted(columns: Columns, start_ms: int) -> Columns:
    """Without the flows that ended while the router exported nothing."""
    first, last = (start_ms * 1_000 + minute * 60_000_000 for minute in _campaigns.QUIET)
    ended = columns["event.end"].astype(np.int64)
    kept = (ended < first) | (ended >= last)
    return {name: column[kept] for name, column in columns.items()}


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sorted(parts: list[Columns]) -> Columns:
    """All parts by end, times in microseconds."""
    joined = _joined(parts)
    for name in ("event.start", "event.end"):
        joined[name] = joined[name].astype(np.int64) * 1_000
    order = np.argsort(joined["event.end"], kind="stable")
    return {name: column[order] for name, column in joined.items()}
