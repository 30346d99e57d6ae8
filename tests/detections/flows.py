"""Made flows for the tests of analytics, as a collector stores them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from detections import _analytics, alerts
from soc.context import Context
from soc.query import Select
from soc.records.alert import Alert
from tests.detections.events import append

DAWN = datetime(2026, 3, 17, 16, tzinfo=UTC)  # midnight of 18 March in Beijing
SYN, DATA, REFUSED = 0x02, 0x1B, 0x16


def flow(
    at: datetime,
    source: str,
    destination: str,
    port: int,
    *,
    packets: int = 1,
    octets: int = 60,
    flags: int | None = SYN,
    seconds: float = 0,
    source_port: int = 40_000,
    **more: Any,
) -> dict[str, Any]:
    """One flow of a client; its time is its end. ``__`` in a name of ``more`` is a dot."""
    return {
        "@timestamp": at + timedelta(seconds=seconds),
        "event.start": at,
        "event.duration": int(seconds * 1e9),
        "source.ip": source,
        "source.port": source_port,
        "destination.ip": destination,
        "destination.port": port,
        "network.transport": "tcp",
        "source.packets": packets,
        "source.bytes": octets,
        "network.bytes": octets,
        "soc.tcp_flags": flags,
        "observer.name": "edge",
        "soc.origin": "live",
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def put(context: Context, rows: Iterable[dict[str, Any]], dataset: str = "flow") -> None:
    """Rows new in the log."""
    held = list(rows)
    if held:
        append(context, dataset, held)


def detect(context: Context) -> dict[str, Any]:
    return dict(context.jobs.run("detect", {}, context).value)


def found(context: Context, name: str) -> list[Alert]:
    """Alerts of an analytic, by first sight."""
    held = [a for a in alerts.listed(context) if a.rule == f"analytic.{name}"]
    return sorted(held, key=lambda a: (a.first_seen, a.entity or ""))


def episodes(context: Context, name: str) -> list[tuple[Any, ...]]:
    """What stands in the log of an analytic: group, span, count and result of each episode."""
    query = Select("match", latest_by="soc.match.key")
    rows = [row for batch in context.engine.select(query) for row in batch.to_pylist()]
    kept = []
    for row in rows:
        figures = dict(row["soc.match.figures"] or ())
        if row["rule.id"] == f"analytic.{name}" and not figures.keys() & {
            "merged_into",
            "withdrawn",
        }:
            counted = (row["soc.count"], row["soc.match.result"], sorted(row["soc.match.events"]))
            kept.append((figures["group"], figures["start"], figures["end"], *counted))
    return sorted(kept)


def shuffled_in(context: Context, rows: Sequence[dict[str, Any]], parts: int) -> None:
    """The rows in so many runs, dealt out so that every run has late ones."""
    for part in range(parts):
        put(context, rows[part::parts])
        detect(context)


def only_analytics(context: Context) -> _analytics.Ran:
    return _analytics.run(context, alerts.silences(context))
