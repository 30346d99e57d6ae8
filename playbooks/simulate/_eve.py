"""EVE lines of the made day: what a sensor before the DMZ would write."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city
from playbooks.simulate._planted import PLANTED, TWINS, Alarm, Question, Request, Trace

Event = dict[str, Any]
Line = tuple[datetime, bytes]
PORTALS = (
    ("192.0.2.10", "www.lanting.example"),
    ("192.0.2.20", "zs.lanting.example"),
    ("192.0.2.30", "jy.lanting.example"),
    ("192.0.2.40", "gh.lanting.example"),
    ("2001:db8:200::11", "zw.lanting.example"),
)
_PATHS = (
    "/",
    "/index.html",
    "/news/2026/03.html",
    "/api/v1/queue",
    "/static/app.js",
    "/favicon.ico",
)
_NAMES = ("www.lanting.example", "mail.example", "update.example", "time.example", "doc.example")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
)
_BLOCKED = (
    (9_000_201, "LANTING SCAN suspicious inbound to database port", "Attempted Information Leak"),
    (9_000_202, "LANTING WEB_SERVER generic injection attempt", "Web Application Attack"),
    (9_000_203, "LANTING BRUTE FORCE repeated login attempts", "Attempted User Privilege Gain"),
)


def lines(midnight: datetime, rng: random.Random, background: int) -> list[Line]:
    """The day's lines in time order, each with the time that stands in it."""
    events = [*_planted(midnight, rng), *_usual(midnight, rng, background)]
    events += [*_heartbeat(midnight, rng), *_through_fronts(midnight, rng)]
    events.sort(key=lambda event: event["timestamp"])
    return [(datetime.fromisoformat(e["timestamp"]), orjson.dumps(e) + b"\n") for e in events]


def _planted(midnight: datetime, rng: random.Random) -> Iterator[Event]:
    for thing in (*PLANTED, *TWINS):
        for trace in thing.traces:
            yield from _event(trace, midnight, rng)


def _event(trace: Trace, midnight: datetime, rng: random.Random) -> Iterator[Event]:
    at = midnight + timedelta(minutes=trace.minute, seconds=rng.random() * 50)
    match trace:
        case Request():
            yield _http(trace, at, rng)
        case Alarm():
            yield _alert(trace, at, rng)
        case Question():
            yield _dns(trace, at, rng)


def _usual(midnight: datetime, rng: random.Random, amount: int) -> Iterator[Event]:
    """Citizens who read, clients that resolve, attacks that the sensor stops."""
    for _ in range(amount):
        target, host = rng.choice(PORTALS)
        source = _citizen(rng, ":" in target)
        path, agent = rng.choice(_PATHS), rng.choice(_AGENTS)
        status = rng.choices((200, 304, 404), (90, 7, 3))[0]
        request = Request(_minute(rng), source, target, host, path, status, agent=agent)
        yield from _event(request, midnight, rng)
    for _ in range(amount // 2):
        client = f"198.18.{rng.randrange(12)}.{rng.randrange(40, 250)}"
        question = Question(_minute(rng), client, rng.choice(_NAMES), _citizen(rng, v6=False))
        yield from _event(question, midnight, rng)
    for _ in range(amount // 8):
        signature, title, category = rng.choice(_BLOCKED)
        source = f"198.51.100.{rng.randrange(101, 140)}"
        target, _ = rng.choice(PORTALS[:4])
        alarm = Alarm(_minute(rng), source, target, signature, title, category, 2, "blocked")
        yield from _event(alarm, midnight, rng)


def _heartbeat(midnight: datetime, rng: random.Random) -> Iterator[Event]:
    """A monitoring host that asks for the time server every four minutes, day and night."""
    for minute in range(0, 1_440, 4):
        question = Question(minute, "198.18.0.8", "time.example", "198.18.0.123")
        yield from _event(question, midnight, rng)


def _through_fronts(midnight: datetime, rng: random.Random) -> Iterator[Event]:
    """Attacks that the WAF stops: a storm through a CDN, and a few from a neighbour's NAT."""
    signature, title, category = _BLOCKED[1]
    for _ in range(_campaigns.STORM):
        at = _campaigns.STORM_MINUTE + rng.randrange(6)
        alarm = Alarm(at, city.CDN, "192.0.2.20", signature, title, category, 2, "blocked")
        for event in _event(alarm, midnight, rng):
            yield {**event, "xff": _campaigns.STORMER}
    for _ in range(60):
        at = 960 + rng.randrange(30)
        alarm = Alarm(at, city.NEIGHBOUR, "192.0.2.10", signature, title, category, 2, "blocked")
        yield from _event(alarm, midnight, rng)


def _minute(rng: random.Random) -> int:
    """A minute of a working day: quiet at night, two humps in office hours."""
    return min(1_438, max(0, int(rng.choice((rng.gauss(600, 110), rng.gauss(920, 120))))))


def _citizen(rng: random.Random, v6: bool) -> str:
    if v6:
        return f"2001:db8:c172::{rng.randrange(1, 0xFFFF):x}"
    return f"203.0.113.{rng.randrange(64, 250)}"


def _shared(kind: str, at: datetime, source: str, target: str, rng: random.Random) -> Event:
    return {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
        "flow_id": rng.getrandbits(50),
        "in_iface": "mirror0",
        "event_type": kind,
        "src_ip": source,
        "src_port": rng.randrange(32_768, 60_999),
        "dest_ip": target,
    }


def _http(trace: Request, at: datetime, rng: random.Random) -> Event:
    http: Event = {
        "hostname": trace.host,
        "url": trace.path,
        "http_user_agent": trace.agent,
        "http_method": trace.method,
        "protocol": "HTTP/1.1",
        "status": trace.status,
        "length": rng.randrange(200, 40_000),
    }
    if trace.forwarded:
        http["xff"] = trace.forwarded
    port = 8_080 if trace.destination == "192.0.2.50" else 80
    event = _shared("http", at, trace.source, trace.destination, rng)
    return {**event, "dest_port": port, "proto": "TCP", "tx_id": 0, "http": http}


def _alert(trace: Alarm, at: datetime, rng: random.Random) -> Event:
    alert = {
        "action": trace.action,
        "gid": 1,
        "signature_id": trace.signature,
        "rev": 1,
        "signature": trace.title,
        "category": trace.category,
        "severity": trace.priority,
    }
    event = _shared("alert", at, trace.source, trace.destination, rng)
    return {**event, "dest_port": 443, "proto": "TCP", "alert": alert}


def _dns(trace: Question, at: datetime, rng: random.Random) -> Event:
    answer = {"rrname": trace.name, "rrtype": "A", "ttl": 300, "rdata": trace.answer}
    dns = {
        "version": 2,
        "type": "answer",
        "id": rng.getrandbits(16),
        "rrname": trace.name,
        "rrtype": "A",
        "rcode": "NOERROR",
        "answers": [answer],
    }
    event = _shared("dns", at, trace.client, city.RESOLVER, rng)
    return {**event, "dest_port": 53, "proto": "UDP", "dns": dns}
