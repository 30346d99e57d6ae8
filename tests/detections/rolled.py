"""A made portal with its exporter, its calls and answers, and what the roll-up says of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from soc.context import Context
from soc.query import Select
from soc.records.asset import Asset, Endpoint
from soc.records.source import Source
from soc.store import Change
from tests.conftest import SetClock
from tests.detections.flows import DATA, DAWN, flow

DAY = date(2026, 3, 18)
SERVER, ZONE = "192.0.2.20", "互联网区"
AT = DAWN + timedelta(hours=8)


def registered(context: Context, clock: SetClock) -> None:
    """A portal at a port, a host without one, our scanner, and the exporter of their zone."""
    clock.set(DAWN + timedelta(hours=24))
    common: dict[str, Any] = {
        "state": "active",
        "at": clock.now(),
        "author": context.actor.author(),
    }
    web = Endpoint(zone=ZONE, address=SERVER, port=443, protocol="tcp")
    whole = Endpoint(zone=ZONE, address="192.0.2.21")
    asset = Asset(id="a1", name="门户", endpoints=(web, whole), **common)
    scanner = Source(
        id="s1", name="scanner", type="scanner", prefixes=("203.0.113.250/32",), **common
    )
    exporter = Source(id="s2", name="edge", type="exporter", zone=ZONE, **common)
    context.store.records.apply([Change(r.id, r, 0) for r in (asset, scanner, exporter)])


def roll(context: Context, **params: Any) -> dict[str, Any]:
    """What the job says."""
    return dict(context.jobs.run("rollup", params, context).value)


def use(context: Context, port: int | None = 443, day: date = DAY) -> dict[str, Any]:
    """The daily fact of one endpoint as it counts now."""
    rows = [
        row
        for batch in context.engine.select(Select("usage", latest_by="soc.usage.key"))
        for row in batch.to_pylist()
    ]
    (found,) = [
        row
        for row in rows
        if row["soc.usage.port"] == port and row["soc.usage.day"] == day.isoformat()
    ]
    return {
        name.removeprefix("soc.usage."): value
        for name, value in found.items()
        if name.startswith("soc.usage.")
    }


def call(client: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """A call of the portal, so many seconds after eight o'clock."""
    shape: dict[str, Any] = {
        "packets": 8,
        "octets": 900,
        "flags": DATA,
        "soc__destination__zone": ZONE,
    } | more
    at = AT + timedelta(seconds=number)
    port = shape.pop("port", 443)
    server = shape.pop("server", SERVER)
    return flow(at, client, server, port, source_port=40_000 + number, **shape)


def answer(client: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """The portal's row of the same conversation."""
    row = call(client, number, octets=9_000, **more)
    swapped = row | {
        "source.ip": row["destination.ip"],
        "destination.ip": row["source.ip"],
        "source.port": row["destination.port"],
        "destination.port": row["source.port"],
        "soc.source.zone": row["soc.destination.zone"],
    }
    swapped.pop("soc.destination.zone")
    return swapped
