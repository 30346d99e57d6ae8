"""Rows of the dataset ``match``: what a rule found, with both parties named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from detections._taxonomy import blocked_words
from soc import schema
from soc.batch import Batch

if TYPE_CHECKING:
    from detections.sigma import Rule

Row = Mapping[str, Any]
_SHIFT = 24  # rows of one commit that one set of rules may match: 16 M
_ALWAYS = (
    "@timestamp",
    "event.id",
    "soc.version",
    "soc.count",
    "soc.origin",
    "soc.drills",
    "observer.name",
    "event.action",
    "network.forwarded_ip",
    *(f"soc.{end}.{part}" for end in ("source", "destination") for part in ("unit", "zone")),
    *(f"soc.{end}.{part}" for end in ("source", "destination") for part in ("asset", "system")),
)


def columns(rules: Iterable[Rule], dataset: str) -> tuple[str, ...]:
    """The columns of the dataset that its matches are made from."""
    wanted = [*_ALWAYS, *sorted({name for rule in rules for name in rule.meaning.columns})]
    known = schema.of(dataset)
    return tuple(n for n in dict.fromkeys(wanted) if n in known or n == "soc.version")


def match_row(rule: Rule, dataset: str, event: Row, language: str) -> dict[str, Any]:
    """One row of ``match`` without its number."""
    attackers, attacker_end = _party(rule.meaning.attacker, event)
    victims, victim_end = _party(rule.meaning.victim, event)
    proxies = _proxies(attackers, event)
    parties = _Parties(attackers, victims)
    return {
        "@timestamp": event["@timestamp"],
        "observer.name": event.get("observer.name"),
        "event.module": "sigma",
        "soc.origin": event.get("soc.origin"),
        "soc.count": event.get("soc.count"),
        "soc.drills": event.get("soc.drills"),
        **_said(rule, language),
        "soc.match.key": f"{rule.version}:{event['event.id']}",
        "soc.match.entity": _entity(rule, event, parties),
        "soc.match.dataset": dataset,
        "soc.match.events": [event["event.id"]],
        "soc.match.attacker": attackers,
        "soc.match.forwarded": proxies,
        "soc.match.victim": victims,
        "soc.match.attacker_zone": event.get(f"soc.{attacker_end}.zone"),
        "soc.match.victim_zone": event.get(f"soc.{victim_end}.zone"),
        "soc.match.victim_port": _port(rule, event, victim_end),
        "soc.match.unit": event.get(f"soc.{victim_end}.unit"),
        "soc.match.system": event.get(f"soc.{victim_end}.system"),
        "soc.match.asset": event.get(f"soc.{victim_end}.asset"),
        "soc.match.result": _result(rule, event),
        "soc.match.direction": direction(event, is_forwarded=bool(proxies)),
        "soc.match.confidence": rule.confidence,
    }


def numbered(rows: Iterable[dict[str, Any]], versions: Iterable[int]) -> list[dict[str, Any]]:
    """The rows of one log version after the other, numbered so that a repeat numbers them alike.

    The number is the log version of the event and the rank of the match in it: a run that was
    cut off after its append, and one that sees more, give each match the number that it had.
    """
    paired = sorted(zip(versions, rows, strict=True), key=_rank)
    ranks: dict[int, int] = {}
    for version, row in paired:
        ranks[version] = ranks.get(version, 0) + 1
        row["soc.record"] = ((version + 1) << _SHIFT) + ranks[version]
    return [row for _, row in paired]


def batch(rows: list[dict[str, Any]], source: int) -> Batch:
    """Rows of ``match`` as a batch; the rows are numbered and in order."""
    import pyarrow as pa

    wanted = {name for row in rows for name in row}
    known = schema.arrow("match")
    fields = [known.field(name) for name in known.names if name in wanted]
    return Batch(source, "match", pa.RecordBatch.from_pylist(rows, schema=pa.schema(fields)))


def source_key(*parts: str) -> int:
    """A source key made from these parts, signed 64 bit, the same on every host."""
    digest = sha256("\x00".join(("match", *parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class _Parties:
    attackers: list[str]
    victims: list[str]


def _rank(pair: tuple[int, dict[str, Any]]) -> tuple[int, str, str]:
    version, row = pair
    return version, row["soc.match.events"][0], row["soc.match.key"]


def _said(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "rule.id": rule.id,
        "rule.name": rule.name(language),
        "rule.category": rule.meaning.category,
        "rule.version": rule.version,
        "rule.ruleset": rule.ruleset,
        "event.severity": rule.severity,
        "threat.technique.id": list(rule.techniques),
        "threat.tactic.name": list(rule.tactics),
    }


def _party(names: tuple[str, ...], event: Row) -> tuple[list[str], str]:
    """Addresses of the first column that is filled, and the end of the event they stand at."""
    for name in names:
        if found := _texts(event.get(name)):
            return found, _end(name)
    return [], _end(names[0]) if names else "destination"


def _end(name: str) -> str:
    """The end of the event that a column belongs to; empty where it is neither."""
    head = name.partition(".")[0]
    return head if head in ("source", "destination") else ""


def _proxies(attackers: list[str], event: Row) -> list[str]:
    """What stood between: the sender, where the attacker is known by what it forwarded."""
    sender, forwarded = event.get("source.ip"), event.get("network.forwarded_ip")
    return [str(sender)] if sender and sender != forwarded and forwarded in attackers else []


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [str(item) for item in value if item is not None]
    return [str(value)]


def _entity(rule: Rule, event: Row, parties: _Parties) -> str:
    """What alerts of the rule are grouped by; of the parties where the columns are empty."""
    words = {"attacker": parties.attackers, "victim": parties.victims}
    parts = [
        ",".join(sorted(words[name] if name in words else _texts(event.get(name))))
        for name in rule.meaning.entity
    ]
    named = [part for part in parts if part]
    return " ".join(named) or ",".join(sorted(parties.attackers or parties.victims)) or "-"


def _port(rule: Rule, event: Row, victim_end: str) -> int | None:
    """The port that was hit; a client has none that tells anything."""
    port = event.get(rule.meaning.victim_port) if victim_end == "destination" else None
    return int(port) if port is not None else None


def _result(rule: Rule, event: Row) -> str:
    action = str(event.get("event.action") or "").lower()
    return "blocked" if action in blocked_words() else rule.meaning.result


def direction(event: Row, *, is_forwarded: bool) -> str:
    """By the ledger: an end without a zone is outside, and so is who stands behind a proxy."""
    is_from_inside = event.get("soc.source.zone") is not None and not is_forwarded
    is_to_inside = event.get("soc.destination.zone") is not None
    if is_to_inside:
        return "lateral" if is_from_inside else "inbound"
    return "outbound" if is_from_inside else "unknown"
