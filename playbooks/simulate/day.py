"""The made day of 澜汀区 as files: NetFlow v9, IPFIX, EVE lines and a ledger."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playbooks.simulate import _campaigns, _eve, _ledger, _netflow, _traffic
from playbooks.simulate import _city as city
from playbooks.simulate._pcap import write_pcap

DATE = date(2026, 3, 18)  # a Wednesday
ZONE = ZoneInfo("Asia/Shanghai")
OUTER, INNER = "pe1", "pe2"  # the two PE routers: internet exit and inner network
SCANNERS = {"own-scanner": city.SCANNER, "city-scanner": _campaigns.CITY_SCANNER}
FORBIDDEN = (  # whatever is blocked, these never are
    *(prefix for prefixes in city.ZONES.values() for prefix in prefixes),
    city.CDN,
    city.NEIGHBOUR,
    _campaigns.CITY_SCANNER,
)
_EXPORTERS = {OUTER: ("192.0.2.121", 9), INNER: ("198.18.0.2", 10)}  # address, version
COLLECTOR = ("198.18.0.9", 2_055)


@dataclass(frozen=True, slots=True)
class Day:
    """The files of a made day, each with the data source that wrote it."""

    ledger: Path
    flows: dict[str, Path]  # data source -> capture of its datagrams
    eve: Path
    flow_count: int
    line_count: int


def midnight() -> datetime:
    """Begin of the day, in the zone of the site."""
    return datetime.combine(DATE, time(), ZONE)


END = midnight() + timedelta(hours=23, minutes=40)  # when the day's work is looked at
REPORTED = midnight() + timedelta(days=1, hours=6)  # when the daily report is due


def write(folder: Path, seed: int, flows: int) -> Day:
    """The day's files in a folder; the same seed and number of flows give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.pcap" for name in _EXPORTERS}
    columns = dict(zip(paths, _traffic.flows(midnight(), seed, flows), strict=True))
    for name, path in paths.items():
        _write_flows(path, name, columns[name])
    rng = random.Random(seed)  # noqa: S311 - made data, not a secret
    lines = _eve.write(folder / "eve.json", midnight(), rng, max(400, flows // 40))
    ledger = folder / "资产台账.csv"
    _write_ledger(ledger)
    return Day(
        ledger,
        paths,
        folder / "eve.json",
        sum(len(c["source.ip"]) for c in columns.values()),
        lines,
    )


def _write_flows(path: Path, name: str, columns: _traffic.Columns) -> None:
    """One router's day as a capture of its datagrams."""
    address, version = _EXPORTERS[name]
    booted = midnight() - timedelta(days=20)
    exporter = _netflow.Exporter(
        version=version, domain=1, boot_ms=int(booted.timestamp() * 1_000), template_every=400
    )
    sent = _netflow.datagrams(columns, exporter)
    write_pcap(path, sent, source=(address, 50_000), destination=COLLECTOR)


def _write_ledger(path: Path) -> None:
    """As a unit sends it: a title over the table, the header in the third row, GB18030."""
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["澜汀区政务信息系统资产台账"])
        writer.writerow(["填报日期：2026年3月"])
        writer.writerow(_ledger.HEADERS)
        writer.writerows(_ledger.rows())
