"""The hundred days before the made day: thin flows, a few nmap files.

Every used system answers three clients a day, and a call each five minutes keeps the routers
from being silent. What nobody uses has no row at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from playbooks.simulate import _campaigns, _estate, _netflow, _scans, day
from playbooks.simulate import _city as city
from playbooks.simulate._netflow import octets16
from playbooks.simulate._pcap import write_pcap
from playbooks.simulate._traffic import DATA, TCP, UDP, Columns

CLIENTS = 3  # of each system and day
SCANS_BEFORE = (75, 50, 25, 3)  # days before the made one
_BINS, _BIN_MS = 288, 300_000
_BACKUP_MS, _BACKUP_OCTETS = 5_400_000, 3 << 30  # half past one; about three gibibytes
_ROUTERS = {day.OUTER: "192.0.2.121", day.INNER: "198.18.0.2"}
_OUTSIDE = ("互联网区",)


@dataclass(frozen=True, slots=True)
class Call:
    """A conversation that comes on a day: when, from whom, to whom, how much was sent."""

    at_ms: int  # of the day
    client: str
    server: str
    port: int
    sent: int = 1_800
    answered: int = 24_000
    protocol: int = TCP


def days(amount: int) -> list[date]:
    """The days before the made one, oldest first."""
    return [day.DATE - timedelta(days=ago) for ago in range(amount, 0, -1)]


def evening(on: date) -> datetime:
    """When the work of a past day is done."""
    return datetime.combine(on, time(23, 58), day.ZONE)


def write(folder: Path, days: Sequence[date]) -> dict[str, Path]:
    """One IPFIX file of each router for past days; always the same bytes for the same days."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for router, address in _ROUTERS.items():
        columns = _joined([_columns(list(calls(router, on)), _start_ms(on)) for on in days])
        exporter = _netflow.Exporter(version=10, domain=2, template_every=400)
        found[router] = folder / f"{days[0].isoformat()}-{router}.pcap"
        sent = _netflow.datagrams(columns, exporter)
        write_pcap(found[router], sent, source=(address, 50_001), destination=day.COLLECTOR)
    return found


def _start_ms(on: date) -> int:
    return int(datetime.combine(on, time(), day.ZONE).timestamp() * 1_000)


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def write_scans(folder: Path, amount: int) -> list[Path]:
    """Four nmap files made on days before; those that lie before the history are left out."""
    found = []
    for ago in (ago for ago in SCANS_BEFORE if ago <= amount):
        on = day.DATE - timedelta(days=ago)
        found.append(folder / f"scan-{on.isoformat()}.xml")
        _scans.write(found[-1], datetime.combine(on, time(21), day.ZONE), _scans.hosts())
    return found


def calls(router: str, on: date) -> Iterator[Call]:
    """What the router sees on a day."""
    is_outer = router == day.OUTER
    yield from _beats(is_outer, on)
    for number, system in enumerate(_used(on)):
        if (system.zone in _OUTSIDE) == is_outer and system.zone in ("公用网络区", *_OUTSIDE):
            yield from _clients(system, number, on)
    yield replace(_backup(on), client=city.TRANSLATED) if is_outer else _backup(on)
    if not is_outer:
        yield from _clients(_shadow(), 500, on)


def _used(on: date) -> Iterator[city.System]:
    """Systems with clients on that day."""
    yield from _estate.usual()
    yield from _estate.DISPUTED[:1]
    for each in (*_estate.SILENT, *_estate.BENIGN):
        if on.day in each.days:
            yield each.system


def _shadow() -> city.System:
    return city.System("", "", "公用网络区", _estate.SHADOW, _estate.SHADOW_PORT)


def _clients(system: city.System, number: int, on: date) -> Iterator[Call]:
    for n in range(CLIENTS):
        turn = number * 7 + n * 37 + on.toordinal() * 3
        at_ms = (8 * 3_600 + (turn * 149) % 36_000) * 1_000
        protocol = UDP if system.port == 53 else TCP
        client = _client(system, turn)
        yield Call(at_ms, client, system.address, system.port, protocol=protocol)


def _client(system: city.System, turn: int) -> str:
    """A citizen for what stands outside, else a clerk of some unit."""
    if ":" in system.address:
        return f"2001:db8:c172::{turn % 2_000 + 1:x}"
    if system.zone in _OUTSIDE:
        return f"203.0.113.{100 + turn % 100}"
    return f"198.18.{turn % 12}.{200 + turn // 12 % 50}"


def _beats(is_outer: bool, on: date) -> Iterator[Call]:
    """A call each five minutes, to what is always used."""
    for n in range(_BINS):
        turn = n * 11 + on.toordinal()
        at_ms = n * _BIN_MS + 60_000
        if is_outer:
            yield Call(at_ms, f"203.0.113.{100 + turn % 100}", "192.0.2.10", 443)
        else:
            client = f"198.18.{turn % 12}.{200 + turn % 50}"
            yield Call(at_ms, client, city.RESOLVER, 53, 90, 220, UDP)


def _backup(on: date) -> Call:
    sent = _BACKUP_OCTETS + on.toordinal() % 7 * 40_000_000
    return Call(_BACKUP_MS, _campaigns.BACKUP, _campaigns.BACKUP_TO, 443, sent, 1 << 20)


def _columns(made: list[Call], start_ms: int) -> Columns:
    """Both directions of each call, by end."""
    began = start_ms + np.array([call.at_ms for call in made], np.int64)
    clients, servers = _packed(c.client for c in made), _packed(c.server for c in made)
    near = np.array([32_768 + n * 13 % 28_000 for n in range(len(made))], np.uint16)
    far = np.array([call.port for call in made], np.uint16)
    sent = np.array([call.sent for call in made], np.int64)
    back = np.array([call.answered for call in made], np.int64)
    protocols = np.array([call.protocol for call in made], np.uint8)
    octets = np.concatenate([sent, back])
    both = np.tile(began * 1_000, 2)
    columns = {
        "event.start": both,
        "event.end": both + 4_000_000,
        "source.ip": np.concatenate([clients, servers]),
        "destination.ip": np.concatenate([servers, clients]),
        "source.port": np.concatenate([near, far]),
        "destination.port": np.concatenate([far, near]),
        "network.iana_number": np.tile(protocols, 2),
        "source.packets": np.maximum(4, octets // 1_200),
        "source.bytes": octets,
        "soc.tcp_flags": np.where(np.tile(protocols, 2) == TCP, DATA, 0).astype(np.uint8),
    }
    order = np.argsort(columns["event.end"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _packed(texts: Iterable[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Octets of the addresses; each distinct one is read once."""
    held = list(texts)
    known = {text: n for n, text in enumerate(dict.fromkeys(held))}
    return octets16(known)[[known[text] for text in held]]
