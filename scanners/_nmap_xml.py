"""nmap's XML as it is written: one host at a time, in bounded memory, also when it breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from soc.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CERTIFICATE = {
    "subject": "table[@key='subject']/elem[@key='commonName']",
    "issuer": "table[@key='issuer']/elem[@key='commonName']",
    "key_type": "table[@key='pubkey']/elem[@key='type']",
    "key_bits": "table[@key='pubkey']/elem[@key='bits']",
    "signature": "elem[@key='sig_algo']",
    "not_before": "table[@key='validity']/elem[@key='notBefore']",
    "not_after": "table[@key='validity']/elem[@key='notAfter']",
}
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Service:
    """What stands behind a port, by its banner."""

    name: str | None = None
    product: str | None = None
    version: str | None = None
    extra: str | None = None
    tls: bool = False
    cpe: tuple[str, ...] = ()
    method: str | None = None  # probed: by its answer; table: by the number of the port only


@dataclass(frozen=True, slots=True)
class Port:
    """One probed port."""

    number: int
    transport: str
    state: str  # open, closed, filtered, open|filtered …
    reason: str  # syn-ack, reset, no-response …
    service: Service = field(default_factory=Service)
    scripts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Host:
    """One host that nmap finished with."""

    address: str
    state: str  # up or down, in nmap's word
    reason: str
    timedout: bool
    ended_s: int | None  # Unix time
    ports: tuple[Port, ...]
    silent: Mapping[str, int]  # state -> ports that nmap only counted (extraports)


@dataclass(frozen=True, slots=True)
class Task:
    """How far nmap says it is."""

    name: str
    percent: float


@dataclass(frozen=True, slots=True)
class End:
    """The last thing of every stream: whole, or broken off and why."""

    whole: bool
    reason: str = ""


def read(stream: IO[bytes]) -> Iterator[Host | Task | End]:
    """Hosts and progress as they come, then exactly one ``End``; never raises for bad bytes."""
    depth = 0
    try:
        events = iterparse(stream, events=("start", "end"))
        for event, element in events:
            depth += 1 if event == "start" else -1
            if event == "end":
                yield from _told(element)
                if element.tag == "runstats":
                    yield _end(element)
                    return
                if depth == 1:
                    element.clear()
        yield End(False, "no runstats: the scan was broken off")
    except (ParseError, DefusedXmlException, ValueError) as error:
        yield End(False, f"{error}")


def _told(element: Element) -> Iterator[Host | Task]:
    if element.tag == "host" and (host := _host(element)) is not None:
        yield host
    elif element.tag == "taskprogress":
        yield Task(element.get("task", ""), float(element.get("percent", "0")))


def _end(runstats: Element) -> End:
    finished = runstats.find("finished")
    exit_ = finished.get("exit", "") if finished is not None else ""
    if exit_ == "success":
        return End(True)
    return End(False, finished.get("errormsg", "") if finished is not None else "no finished")


def _host(element: Element) -> Host | None:
    address = next((a for a in element.findall("address") if a.get("addrtype") != "mac"), None)
    status = element.find("status")
    if address is None or status is None:
        return None
    ended = element.get("endtime")
    return Host(
        address=address.get("addr", ""),
        state=status.get("state", "unknown"),
        reason=status.get("reason", ""),
        timedout=element.get("timedout") == "true",
        ended_s=int(ended) if ended else None,
        ports=tuple(_port(port) for port in element.iterfind("ports/port")),
        silent={
            extra.get("state", ""): int(extra.get("count", "0"))
            for extra in element.iterfind("ports/extraports")
        },
    )


def _port(element: Element) -> Port:
    state = element.find("state")
    return Port(
        number=int(element.get("portid", "0")),
        transport=element.get("protocol", ""),
        state=state.get("state", "unknown") if state is not None else "unknown",
        reason=state.get("reason", "") if state is not None else "",
        service=_service(element.find("service")),
        scripts=dict(pair for s in element.iterfind("script") for pair in _script(s)),
    )


def _script(element: Element) -> Iterator[tuple[str, str]]:
    """What a script printed, and the parts of a certificate that its print leaves out."""
    name = element.get("id", "")
    yield name, told(element.get("output", ""))
    if name == "ssl-cert":
        for path, query in _CERTIFICATE.items():
            found = element.find(query)
            if found is not None and found.text:
                yield f"{name}.{path}", told(found.text)


def _service(element: Element | None) -> Service:
    if element is None:
        return Service()
    return Service(
        name=element.get("name"),
        product=_maybe(element.get("product")),
        version=_maybe(element.get("version")),
        extra=_maybe(element.get("extrainfo")),
        tls=element.get("tunnel") == "ssl",
        cpe=tuple(cpe.text for cpe in element.iterfind("cpe") if cpe.text),
        method=element.get("method"),
    )


def _maybe(text: str | None) -> str | None:
    return None if text is None else told(text)


def told(text: str) -> str:
    """Text as the server meant it: nmap writes bytes beyond ASCII as ``\\xE5`` (nmap#1415).

    The bytes are UTF-8 where they can be, else GB18030.
    """
    return _ESCAPED.sub(lambda found: _decoded(found[0]), text)


def _decoded(escaped: str) -> str:
    raw = bytes.fromhex(escaped.replace("\\x", ""))
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return escaped


def check_file(path: str, stream: IO[bytes]) -> None:
    """Refuse a file that does not begin as nmap's XML, with one line.

    Raises:
        InputError: it is something else.
    """
    head = stream.read(1_024)
    stream.seek(0)
    if b"<nmaprun" not in head:
        raise InputError(f"{path}: no <nmaprun> in its first 1,024 bytes; export with nmap -oX")
