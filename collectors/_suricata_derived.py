"""Columns of an EVE event that come from more than one key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from collectors import _suricata_values as v
from collectors._suricata_values import Event

Row = dict[str, Any]

# Suricata counts 1 (worst) to 4; ours is 1 (info) to 5 (critical), which no device may claim.
SEVERITY = {1: 4, 2: 3, 3: 2, 4: 1}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58, "sctp": 132, "gre": 47, "esp": 50}
_LEAVES = 64  # of one event in soc.other
_LEAF_CHARS = 1_024
_DEPTH = 6
_MICROSECOND = timedelta(microseconds=1)


def every(event: Event) -> Row:
    """Columns of all datasets."""
    transport = v.lower(event.get("proto"))
    source = v.address(event.get("src_ip")) or v.address(event.get("dest_ip"))
    protocol = v.lower(event.get("app_proto"))
    vlan = v.words(event.get("vlan"))
    return {
        "network.iana_number": PROTOCOLS.get(transport or ""),
        "network.type": ("ipv6" if ":" in source else "ipv4") if source else None,
        "network.protocol": None if protocol in (None, "failed", "unknown") else protocol,
        "network.vlan.id": vlan[0] if vlan else None,
        "network.forwarded_ip": _forwarded(event),
    }


def _forwarded(event: Event) -> str | None:
    return v.forwarded(event.get("xff")) or v.forwarded(v.section(event, "http").get("xff"))


def alert(event: Event) -> Row:
    """What the signature and the device said; whether the attack succeeded is not known."""
    said = v.section(event, "alert")
    is_blocked = said.get("action") == "blocked" or event.get("event_type") == "drop"
    tactics = v.words(v.section(event, "alert.metadata").get("mitre_tactic_name"))
    return {
        "event.category": ["intrusion_detection"],
        "event.type": ["denied" if is_blocked else "allowed"],
        "event.outcome": "failure" if is_blocked else "unknown",
        "event.severity": SEVERITY.get(v.whole(said.get("severity")) or 0),
        "threat.tactic.name": [name.replace("_", " ") for name in tactics] if tactics else None,
        **http(event),
    }


def drop(event: Event) -> Row:
    """A packet that an inline sensor dropped."""
    return {**alert(event), "event.action": "blocked", "event.category": ["network"]}


def http(event: Event) -> Row:
    """The parts of the address that was asked for."""
    said = v.section(event, "http")
    url, host = v.word(said.get("url")), v.word(said.get("hostname"))
    parts = _split(url) if url else None
    if url is None or parts is None:
        return {}
    name = parts.path.rpartition("/")[2]
    return {
        "url.path": parts.path or None,
        "url.query": parts.query or None,
        "url.extension": name.rpartition(".")[2] if "." in name else None,
        "url.full": url if parts.scheme else _full(url, host, v.port(said.get("http_port"))),
    }


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _full(url: str, host: str | None, port: int | None) -> str | None:
    if not host or not url.startswith("/"):
        return None
    suffix = "" if port in (None, 80) or ":" in host else f":{port}"
    return f"http://{host}{suffix}{url}"


def flow(event: Event) -> Row:
    """Totals and length; the time of a flow is its end, not when it was logged."""
    said = v.section(event, "flow")
    start, end = v.moment(said.get("start")), v.moment(said.get("end"))
    row: Row = {
        "event.category": ["network"],
        "event.duration": _length_ns(start, end),
        "network.bytes": _sum(said, "bytes_toserver", "bytes_toclient"),
        "network.packets": _sum(said, "pkts_toserver", "pkts_toclient"),
    }
    return row | ({"@timestamp": end} if end else {})


def _length_ns(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, (end - start) // _MICROSECOND) * 1_000


def _sum(said: Event, *keys: str) -> int | None:
    counts = [v.whole(said.get(key)) for key in keys]
    known = [count for count in counts if count is not None]
    return v.whole(sum(known)) if known else None


def dns(event: Event) -> Row:
    """Question and answers, of every version of the DNS record.

    Version 1 logs one line an answer, version 2 one with ``answers`` and ``grouped``, version 3
    names ``queries`` and calls them request and response; ``query`` and ``answer`` are the
    forms that stand inside alerts.
    """
    said = v.section(event, "dns")
    inner = said.get("answer") if isinstance(said.get("answer"), dict) else None
    body: Event = inner or said
    answers = list(_answers(body))
    is_answer = bool(inner) or said.get("type") in ("answer", "response")
    question = _question(said, body)
    ttls = [ttl for a in answers if (ttl := v.whole(a.get("ttl"))) is not None]
    values = _texts(answers, body)
    return {
        "dns.type": "answer" if is_answer else "query",
        "dns.question.name": (v.word(question.get("rrname")) or "").rstrip(".") or None,
        "dns.question.type": v.word(question.get("rrtype")),
        "dns.response_code": v.word(body.get("rcode")),
        "dns.id": v.word(body.get("id")),
        "dns.answers.data": values or None,
        "dns.answers.ttl": min(ttls) if ttls else None,
        "dns.resolved_ip": [a for text in values if (a := v.address(text))] or None,
    }


def _question(said: Event, body: Event) -> Event:
    for key in ("queries", "query"):
        asked = said.get(key) or body.get(key)
        if isinstance(asked, list) and asked and isinstance(asked[0], dict):
            return asked[0]
    return body


def _answers(body: Event) -> Iterator[Event]:
    listed = body.get("answers")
    if isinstance(listed, list):
        yield from (answer for answer in listed if isinstance(answer, dict))
    elif "rdata" in body:
        yield body


def _texts(answers: list[Event], body: Event) -> list[str]:
    """The data of the answers; of the grouped form where the detailed one is switched off."""
    found = [text for answer in answers if (text := v.word(answer.get("rdata")))]
    if found:
        return found
    grouped = v.section(body, "grouped")
    return [text for group in grouped.values() for text in v.words(group) or ()]


def other(event: Event) -> Row:
    """An event of a type that has no dataset of its own."""
    return {"event.action": v.word(event.get("event_type"))}


def left(event: Event, taken: frozenset[str]) -> list[tuple[str, str]] | None:
    """What has no column, as dotted names and texts, at most 64."""
    found: list[tuple[str, str]] = []
    for name, value in _leaves(event, "", taken, _DEPTH):
        found.append((name, value[:_LEAF_CHARS]))
        if len(found) == _LEAVES:
            break
    return found or None


def _leaves(
    event: Event, prefix: str, taken: frozenset[str], depth: int
) -> Iterator[tuple[str, str]]:
    for key, value in event.items():
        name = f"{prefix}{key}"
        if name in taken:
            continue
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.", taken, depth - 1) if depth else ()
        elif (texts := v.words(value)) is not None:
            yield name, ", ".join(texts)


DERIVED = {
    "alert": alert,
    "flow": flow,
    "dns": dns,
    "http": http,
    "tls": lambda event: {},
    "firewall": drop,
    "other": other,
}
