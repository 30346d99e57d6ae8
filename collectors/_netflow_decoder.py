"""Datagrams in, batches out: the state machine of the NetFlow collector.

``feed`` cuts a datagram into sets, obeys templates and options data at once and keeps data
sets; ``flush`` decodes all that was kept, a layout at a time. What comes out, its order and
its numbers do not depend on when ``flush`` is called.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from struct import Struct

from collectors._netflow_flush import Flushed, Share, flushed
from collectors._netflow_lanes import Lane, Lanes
from collectors._netflow_layout import Layout, compiled
from collectors._netflow_loss import lost
from collectors._netflow_options import is_state, learned
from collectors._netflow_pending import Pending
from collectors._netflow_records import Records, read
from collectors._netflow_session import Definition, Domain, Exporter, Session
from collectors._netflow_waiting import Budget, Kept
from collectors._netflow_wire import (
    HEADER_OCTETS,
    V5_RECORD_OCTETS,
    Cut,
    Spec,
    Template,
    is_zero,
    sets,
    templates,
)
from soc.batch import Batch

log = logging.getLogger(__name__)

SESSIONS = 4_096
UNKNOWN = Exporter(b"", 0)
Arrived = tuple[bytes, Exporter, int]  # datagram, who sent it, microseconds of UTC or -1

DATAGRAMS = 4_000  # a batch; more do not make it faster
_CHUNK = 200  # datagrams
_V9 = b"\x00\x09"
_NO_LANES: tuple[dict[bytes, Lane], dict[bytes, Lane]] = ({}, {})

_HEAD = {9: Struct(">HHIIII"), 10: Struct(">HHIII")}
# Version 5 as a template of elements; 210 is padding.
_V5 = tuple(
    Spec(0, number, length)
    for number, length in (
        (8, 4), (12, 4), (15, 4), (10, 2), (14, 2), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2),
        (11, 2), (210, 1), (6, 1), (4, 1), (5, 1), (16, 2), (17, 2), (9, 1), (13, 1), (210, 2),
    )
)  # fmt: skip


@dataclass(slots=True)
class Decoder:
    """State shared by all that one call collects."""

    share: Share
    place: str = "netflow"  # where refusals are said to lie
    by_address: bool = False  # exporters that change their port keep their templates
    sessions: dict[Domain, Session] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    pending: Pending = field(default_factory=Pending)
    lanes: Lanes = field(default_factory=Lanes)
    numbers: dict[int, int] = field(default_factory=dict)  # last record number of each source
    fed: int = 0  # datagrams of this place

    @property
    def is_due(self) -> bool:
        """True when enough is kept to decode it together."""
        return len(self.pending.heads) >= DATAGRAMS or self.pending.octets >= 8 << 20

    def take(self, arrived: Iterable[Arrived], source: int) -> Iterator[Batch]:
        """Take datagrams of ``source``, and decode whenever enough has come."""
        arrived = iter(arrived)
        while some := list(islice(arrived, _CHUNK)):
            self.feed(some, source)
            if self.is_due:
                yield from self.flush()

    def feed(self, arrived: Sequence[Arrived], source: int) -> None:
        """Take datagrams of ``source``; any bytes will do."""
        pending = self.pending
        pending.begin(source)
        heads, routes, arrivals = pending.heads, pending.routes, pending.arrivals
        last: Exporter | None = None
        v9, ipfix = _NO_LANES
        for data, exporter, at_us in arrived:
            if exporter is not last:
                last, (v9, ipfix) = exporter, self.lanes.of(self._sender(exporter))
            is_v9 = data[:2] == _V9
            lane = v9.get(data[16:24]) if is_v9 else ipfix.get(data[12:20])
            if lane is None or len(data) != lane.octets or not _is_in(lane, data, is_v9):
                self._feed(data, exporter, at_us, source)
                last = None  # lanes may have changed
                continue
            heads.append(data)
            routes.append(lane.route)
            arrivals.append(at_us)
        self.fed += len(arrived)
        pending.octets += sum([len(one[0]) for one in arrived])

    def _sender(self, exporter: Exporter) -> Exporter:
        return Exporter(exporter.address, 0) if self.by_address else exporter

    def _feed(self, data: bytes, exporter: Exporter, arrival_us: int, source: int) -> None:
        """The long way, for whatever has no lane."""
        exporter = self._sender(exporter)
        version = data[1] if len(data) > 1 and data[0] == 0 else -1
        if len(data) < HEADER_OCTETS.get(version, 1 << 30):
            self._refuse(source, exporter, "no NetFlow header")
        elif version == 5:
            self._feed_v5(data, exporter, arrival_us, source)
        else:
            self._feed_sets(data, exporter, arrival_us, source, version)

    def flush(self) -> Iterator[Batch]:
        """Decode what is kept; one batch a source that has something to tell."""
        pending, self.pending = self.pending, Pending()
        observers = [session.domain.exporter.address or None for session in self.sessions.values()]
        result = flushed(pending, self.lanes.routes, observers, self.share)
        self.lanes.prune()
        for message in sorted(result.bad):
            self._discard(pending, result, message)
        for source, units in lost(pending, result, list(self.sessions.values())).items():
            pending.of(source).lost += units
        yield from result.batches(pending, self.numbers, self.share)

    def settle(self, source: int) -> Iterator[Batch]:
        """At the end: what the first messages lost, where there were too few to learn from."""
        yield from self.flush()
        units = sum(session.counter.settle() for session in self.sessions.values())
        if units:
            self.pending.of(source).lost += units
            yield from self.flush()

    def _feed_v5(self, data: bytes, exporter: Exporter, arrival_us: int, source: int) -> None:
        count = (data[2] << 8) | data[3]
        end = 24 + count * V5_RECORD_OCTETS
        session = self.session(Domain(exporter, 5, (data[20] << 8) | data[21]))
        if end > len(data) or not count or session is None:
            self._refuse(source, exporter, f"version 5 with {count} records in {len(data)} octets")
            return
        message = self.pending.message(data, session.index, arrival_us)
        layout = compiled(5, _V5, 0)
        self.pending.add(layout, message, session.state, data[24:end])

    def _feed_sets(
        self, data: bytes, exporter: Exporter, arrival_us: int, source: int, version: int
    ) -> None:
        head = _HEAD[version].unpack_from(data)
        session = self.session(Domain(exporter, version, head[-1]))
        if session is None:
            self._refuse(source, exporter, "one exporter too many")
            return
        message = self.pending.message(data, session.index, arrival_us)
        if version == 9 and session.restarted(data[4:8]):
            self.pending.restarts.add(message)
            self.lanes.forget()
        cuts = sets(data, version)
        defined = None if cuts is None else _defined(data, cuts, version)
        if cuts is None or defined is None:
            self.pending.uncounted.add(message)
            self._refuse(source, exporter, "malformed message")
            return
        seconds = head[3] if version == 9 else head[2]
        at_us = arrival_us if arrival_us >= 0 else seconds * 1_000_000
        changes = [self._set(data, cut, session, message, at_us, defined) for cut in cuts]
        if not any(changes):
            self.lanes.add_known(data, session)

    def _set(
        self,
        data: bytes,
        cut: Cut,
        session: Session,
        message: int,
        at_us: int,
        defined: dict[int, list[list[Template]]],
    ) -> bool:
        """Obey one set; False where it brought nothing but templates that are in force."""
        if cut.number >= 256:
            self._data(data, cut, session, message, at_us)
            return True
        found = defined[cut.number].pop(0) if cut.number in defined else []
        changes = [self._define(session, template, message) for template in found]
        return any(changes) or not found

    def _data(self, data: bytes, cut: Cut, session: Session, message: int, at_us: int) -> None:
        definition = session.definitions.get(cut.number)
        if definition is None:
            self._wait(data, cut, session, message, at_us)
            return
        body = data[cut.start : cut.end]
        if _is_stale(definition.layout, body) and not _adds_up(data, session):
            self.pending.bad.add(message)
        else:
            self._keep(definition, session, message, body)
            if not definition.template.is_options:
                self.lanes.add(data, session, definition)

    def _keep(self, definition: Definition, session: Session, message: int, body: bytes) -> None:
        """Note a data set whose template is known; options data is obeyed at once."""
        pending = self.pending
        layout = definition.layout
        if layout.is_fixed:
            body = body[: len(body) - len(body) % layout.least]
        if not body:
            return
        if definition.template.is_options:
            self._options(definition, session, message, body, pending.source(message))
        else:
            pending.add(layout, message, session.state, body)

    def _options(
        self, definition: Definition, session: Session, message: int, body: bytes, source: int
    ) -> None:
        layout = definition.layout
        if layout.is_fixed and not is_state(layout):
            count = len(body) // layout.least
        else:
            records = read(layout, [body])
            if len(records.broken):
                self.pending.bad.add(message)
                return
            count = len(records)
            if is_state(layout):
                self._learn(session, records)
        self.pending.of(source).options += count
        self.pending.options[message] = self.pending.options.get(message, 0) + count

    def _learn(self, session: Session, records: Records) -> None:
        state = learned(session.state, records)
        if state is not session.state:
            session.state = state
            self.lanes.forget()

    def _wait(self, data: bytes, cut: Cut, session: Session, message: int, at_us: int) -> None:
        pending = self.pending
        source = pending.source(message)
        pending.uncounted.add(message)
        pending.of(source).waiting += 1
        head, arrival_us = pending.heads[message], pending.arrivals[message]
        kept = Kept(at_us, source, cut.number, head, arrival_us, data[cut.start : cut.end])
        for gone in session.ring.keep(kept):
            pending.of(gone.source).waiting -= 1
            self._refuse(gone.source, session.domain.exporter, "template did not come in time")

    def _define(self, session: Session, template: Template, message: int) -> bool:
        """Put a template in force; False where it was."""
        if template.is_withdrawal:  # has no force over UDP (RFC 7011, section 8.4)
            self._tell("netflow template withdrawal ignored", session, template.number)
            return True
        before = session.definitions.get(template.number)
        definition = session.define(template)
        if definition is not None and definition is before:
            return False
        self.lanes.forget()
        if definition is None:
            self._tell("netflow template unusable", session, template.number)
            return True
        for kept in session.ring.take(template.number):
            self._replay(definition, session, kept, self.pending.source(message))
        return True

    def _replay(self, definition: Definition, session: Session, kept: Kept, current: int) -> None:
        """A set that waited: under its own header, and under its source where that is current."""
        pending = self.pending
        source = None
        if kept.source != current:
            source = session.domain.mixed(kept.source, kept.template)
        message = pending.replay(kept.head, session.index, kept.arrival_us, source)
        pending.of(current if source is None else source).waiting -= 1
        if _is_stale(definition.layout, kept.body):
            pending.bad.add(message)
        else:
            self._keep(definition, session, message, kept.body)

    def _tell(self, message: str, session: Session, template: int) -> None:
        """Log it once an exporter and domain: whoever sends it sends it again and again."""
        if message not in session.told:
            session.told.add(message)
            log.info(message, extra=_facts(session, template))

    def session(self, domain: Domain) -> Session | None:
        session = self.sessions.get(domain)
        if session is None and len(self.sessions) < SESSIONS:
            session = Session.new(len(self.sessions), domain, self.budget)
            self.sessions[domain] = session
        return session

    def _discard(self, pending: Pending, result: Flushed, message: int) -> None:
        session = list(self.sessions.values())[int(result.messages.session[message])]
        source = int(result.source[message])
        self._refuse(source, session.domain.exporter, "malformed set", into=pending)

    def _refuse(
        self, source: int, exporter: Exporter, value: str, into: Pending | None = None
    ) -> None:
        place = f"{self.place}, datagram {self.fed}"
        if exporter.address:
            place += f" from {address_text(exporter.address)}"
        remedy = "left out; check the exporter's version and templates"
        (into or self.pending).refuse(source, place, value, remedy)


def _defined(data: bytes, cuts: list[Cut], version: int) -> dict[int, list[list[Template]]] | None:
    """Templates of each template set, by set number in order; None where one is malformed."""
    found: dict[int, list[list[Template]]] = {}
    for cut in cuts:
        if cut.number < 4:
            one = templates(data, cut, version)
            if one is None:
                return None
            found.setdefault(cut.number, []).append(one)
    return found


def _is_in(lane: Lane, data: bytes, is_v9: bool) -> bool:
    """True where a datagram of a lane's length is of it, and its exporter did not begin anew."""
    if not is_v9:
        return data.startswith(lane.head) and (lane.body is None or data[16:] == lane.body)
    uptime = data[4:8]
    if uptime < lane.session.uptime or (lane.body is not None and data[20:] != lane.body):
        return False
    lane.session.uptime = uptime
    return True


def _is_stale(layout: Layout, body: bytes) -> bool:
    """True where what follows the last record is no padding.

    Then the template is not the one that the exporter used (RFC 7011, section 3.3.1).
    """
    if not layout.is_fixed:
        return False
    whole = len(body) - len(body) % layout.least
    return len(body) - whole >= 4 and not is_zero(body, whole, len(body))


def _adds_up(data: bytes, session: Session) -> bool:
    """True where a version 9 header counts as many records as we do: then the rest is junk."""
    if session.domain.version != 9:
        return False
    count = 0
    for cut in sets(data, 9) or ():
        definition = session.definitions.get(cut.number)
        if cut.number < 4:
            count += len(templates(data, cut, 9) or ())
        elif definition is None or not definition.layout.is_fixed:
            return False
        else:
            count += (cut.end - cut.start) // definition.layout.least
    return count == (data[2] << 8) | data[3]


def address_text(address: bytes) -> str:
    """16 octets as text, mapped IPv4 as IPv4."""
    wide = ipaddress.IPv6Address(address)
    return str(wide.ipv4_mapped or wide)


def _facts(session: Session, template: int) -> dict[str, object]:
    address = session.domain.exporter.address
    return {
        "observer.ip": address_text(address) if address else "",
        "soc.exporter_domain": session.domain.number,
        "soc.template": template,
    }
