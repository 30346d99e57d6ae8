"""The made day of 澜汀区 as files: NetFlow v9, IPFIX, EVE lines and a ledger.

Files come in pieces, as routers and sensors rotate them: each holds one stretch of the day.
"""

from __future__ import annotations

import csv
import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from playbooks.simulate import _campaigns, _eve, _ledger, _netflow, _traffic
from playbooks.simulate import _city as city
from playbooks.simulate._pcap import write_pcap

DATE = date(2026, 3, 18)  # a Wednesday
ZONE = ZoneInfo("Asia/Shanghai")
OUTER, INNER = "pe1", "pe2"  # the two PE routers: internet exit and inner network
SENSOR = "ids"
SCANNERS = {"own-scanner": city.SCANNER, "city-scanner": _campaigns.CITY_SCANNER}
FORBIDDEN = (  # whatever is blocked, these never are
    *(prefix for prefixes in city.ZONES.values() for prefix in prefixes),
    city.CDN,
    city.NEIGHBOUR,
    _campaigns.CITY_SCANNER,
)
_EXPORTERS = {OUTER: ("192.0.2.121", 9), INNER: ("198.18.0.2", 10)}  # address, version
COLLECTOR = ("198.18.0.9", 2_055)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Piece:
    """What the data sources wrote in one stretch of the day; one that was silent has no file."""

    end: datetime
    files: dict[str, Path]  # by data source


@dataclass(frozen=True, slots=True)
class Day:
    """The files of a made day."""

    ledger: Path
    pieces: tuple[Piece, ...]  # in order of time
    flow_count: int
    line_count: int


def midnight() -> datetime:
    """Begin of the day, in the zone of the site."""
    return datetime.combine(DATE, time(), ZONE)


REPORTED = midnight() + timedelta(days=1, hours=6)  # when the daily report is due
MORNING = REPORTED - timedelta(minutes=10)  # when its daily facts are made


def write(folder: Path, seed: int, flows: int, hours: Sequence[int] = (0, 24)) -> Day:
    """The day's files in a folder; the same arguments give the same bytes.

    A piece begins at each of the hours but the last, 24.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns = dict(zip(_EXPORTERS, _traffic.flows(midnight(), seed, flows), strict=True))
    rng = random.Random(seed)  # noqa: S311 - made data, not a secret
    lines = _eve.lines(midnight(), rng, max(400, flows // 40))
    spans = list(pairwise(midnight() + timedelta(hours=hour) for hour in hours))
    files: list[dict[str, Path]] = [{} for _ in spans]
    for name, column in columns.items():
        _put(files, name, _write_flows(folder, name, column, spans))
    _put(files, SENSOR, _write_lines(folder, lines, spans))
    ledger = folder / "资产台账.csv"
    _write_ledger(ledger)
    made = tuple(Piece(end, held) for (_, end), held in zip(spans, files, strict=True))
    return Day(ledger, made, sum(len(c["source.ip"]) for c in columns.values()), len(lines))


def _put(files: list[dict[str, Path]], name: str, paths: Iterator[Path | None]) -> None:
    for held, path in zip(files, paths, strict=True):
        if path is not None:
            held[name] = path


def _write_flows(
    folder: Path, name: str, columns: _traffic.Columns, spans: list[Span]
) -> Iterator[Path | None]:
    """One router's day as captures of its datagrams; what ends after midnight is in the last."""
    address, version = _EXPORTERS[name]
    booted = midnight() - timedelta(days=20)
    exporter = _netflow.Exporter(
        version=version, domain=1, boot_ms=int(booted.timestamp() * 1_000), template_every=400
    )
    ends = [int(end.timestamp() * 1_000_000) for _, end in spans[:-1]]
    cuts = [0, *np.searchsorted(columns["event.end"], ends), len(columns["event.end"])]
    for (start, _), (first, last) in zip(spans, pairwise(cuts), strict=True):
        if first == last:
            yield None
            continue
        piece = {key: column[first:last] for key, column in columns.items()}
        path = folder / f"{name}-{start:%H%M}.pcap"
        sent = _netflow.datagrams(piece, exporter)
        count = write_pcap(path, sent, source=(address, 50_000), destination=COLLECTOR)
        is_counting_flows = version == 10  # RFC 7011, section 3.1; version 9 counts datagrams
        step = int(last - first) if is_counting_flows else count
        exporter = replace(exporter, sequence=exporter.sequence + step)
        yield path


def _write_lines(folder: Path, lines: list[_eve.Line], spans: list[Span]) -> Iterator[Path | None]:
    """The sensor's lines, a file a stretch."""
    times = [at for at, _ in lines]
    cuts = [0, *(bisect_left(times, end) for _, end in spans[:-1]), len(lines)]
    for (start, _), (first, last) in zip(spans, pairwise(cuts), strict=True):
        if first == last:
            yield None
            continue
        path = folder / f"eve-{start:%H%M}.json"
        path.write_bytes(b"".join(line for _, line in lines[first:last]))
        yield path


def _write_ledger(path: Path) -> None:
    """As a unit sends it: a title over the table, the header in the third row, GB18030."""
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["澜汀区政务信息系统资产台账"])
        writer.writerow(["填报日期：2026年3月"])
        writer.writerow(_ledger.HEADERS)
        writer.writerows(_ledger.rows())
