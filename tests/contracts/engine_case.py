"""One case: rows of one dataset, a filter, and which rows it holds for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from soc.where import Where

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """``expected`` are the places of the rows, from 1."""

    rule: str
    rows: Rows
    where: Where
    expected: set[int]
    dataset: str = "http"


def urls(*texts: str | None) -> Rows:
    return [{"url.original": text} for text in texts]


def names(*texts: str | None) -> Rows:
    return [{"user_agent.original": text} for text in texts]


def status(*numbers: int | None) -> Rows:
    return [{"http.response.status_code": number} for number in numbers]


def sources(*addresses: str | None) -> Rows:
    return [{"source.ip": address} for address in addresses]


def times(*texts: str | None) -> Rows:
    return [{"event.start": None if t is None else datetime.fromisoformat(t)} for t in texts]


def answers(*lists: list[str | None] | None) -> Rows:
    return [{"event.type": found} for found in lists]


def resolved(*lists: list[str | None] | None) -> Rows:
    return [{"dns.resolved_ip": found} for found in lists]


def other(*maps: dict[str, str] | None) -> Rows:
    return [{"soc.other": found} for found in maps]


URL, AGENT, STATUS, SOURCE = (
    "url.original",
    "user_agent.original",
    "http.response.status_code",
    "source.ip",
)
START, TYPES, RESOLVED = "event.start", "event.type", "dns.resolved_ip"
