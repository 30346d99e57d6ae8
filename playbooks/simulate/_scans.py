"""nmap's XML of the estate as a scanner elsewhere would have written it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from playbooks.simulate import _estate

_PORTS = "22,80,443,445,554,3306,8080,8443,8848"
_SERVICES = {
    22: "ssh",
    445: "microsoft-ds",
    3306: "mysql",
    8080: "http",
    8848: "http",
    443: "https",
    8443: "https",
}
_WEB = (443, 8080, 8443, 8848)


@dataclass(frozen=True, slots=True)
class Open:
    """An open port and the title of its page, if it shows one."""

    port: int
    title: str = ""


def hosts() -> dict[str, tuple[Open, ...]]:
    """What answers inside the district, by address; nothing for one that is gone."""
    found: defaultdict[str, list[Open]] = defaultdict(list)
    for system in _estate.usual():
        if system.zone != "lab" and system.port != 53:
            found[system.address].append(Open(system.port, system.name))
    for each in (*_estate.SILENT, *_estate.BENIGN):
        if each.system.zone == "公用网络区":
            shown = Open(each.system.port, each.page or each.system.name)
            found[each.system.address] += [shown] if each.answers else []
    for system in _estate.DISPUTED:
        found[system.address] = [Open(system.port, system.name)]
    return {address: tuple(ports) for address, ports in found.items()}


def write(path: Path, at: datetime, found: Mapping[str, Sequence[Open]]) -> None:
    """The XML of one scan that ended at ``at``; the same arguments give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(_lines(int(at.timestamp()), found)) + "\n", encoding="utf-8")


def _lines(ended_s: int, found: Mapping[str, Sequence[Open]]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<!DOCTYPE nmaprun>"
    yield (
        f'<nmaprun scanner="nmap" args="nmap -sT -sV -p {_PORTS} -oX scan.xml"'
        f' start="{ended_s - 900}" version="7.94" xmloutputversion="1.05">'
    )
    for address, ports in found.items():
        yield from _host(address, ports, ended_s)
    up = sum(bool(ports) for ports in found.values())
    yield (
        f'<runstats><finished time="{ended_s}" elapsed="900" exit="success"/>'
        f'<hosts up="{up}" down="{len(found) - up}" total="{len(found)}"/></runstats>'
    )
    yield "</nmaprun>"


def _host(address: str, ports: Sequence[Open], ended_s: int) -> Iterator[str]:
    family = "ipv6" if ":" in address else "ipv4"
    state, reason = ("up", "syn-ack") if ports else ("down", "no-response")
    yield f'<host starttime="{ended_s - 60}" endtime="{ended_s}">'
    yield f'<status state="{state}" reason="{reason}" reason_ttl="0"/>'
    yield f'<address addr="{address}" addrtype="{family}"/>'
    if ports:
        yield "<ports>"
        yield from map(_port, ports)
        yield "</ports>"
    yield "</host>"


def _port(shown: Open) -> str:
    name = _SERVICES.get(shown.port, "unknown")
    tunnel = ' tunnel="ssl"' if name == "https" else ""
    is_page = shown.title and shown.port in _WEB
    page = f'<script id="http-title" output={quoteattr(shown.title)}/>' if is_page else ""
    return (
        f'<port protocol="tcp" portid="{shown.port}"><state state="open" reason="syn-ack"'
        f' reason_ttl="0"/><service name="{name.rstrip("s") if tunnel else name}"{tunnel}'
        f' method="probed" conf="10"/>{page}</port>'
    )
