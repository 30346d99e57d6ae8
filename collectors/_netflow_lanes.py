"""The short way for what nearly every datagram is: one data set of a template in force.

A lane is an exporter, domain, set number and set length that was seen and understood before.
It ends when a template or the state of the exporter changes.
"""

from __future__ import annotations

from typing import NamedTuple

from collectors._netflow_layout import Layout
from collectors._netflow_messages import HEAD_OCTETS
from collectors._netflow_options import State
from collectors._netflow_session import Definition, Exporter, Session
from collectors._netflow_wire import HEADER_OCTETS

_KEPT = 10_000  # routes; more means that lanes end as fast as they begin


class Route(NamedTuple):
    """What a datagram of a lane holds: records of ``layout`` from ``start`` to ``stop``."""

    layout: Layout
    state: State
    session: Session
    start: int
    stop: int


class Lane(NamedTuple):
    """How a lane is known, and the number of its route; -1 - session where it has no data."""

    octets: int  # of the datagram
    head: bytes  # its first two octets, in IPFIX four: the length too
    route: int
    session: Session
    body: bytes | None = None  # all after the header: templates that say nothing new


Signs = dict[bytes, Lane]  # by domain, set number and set length as they lie
_NONE: tuple[Signs, Signs] = ({}, {})


class Lanes:
    """All lanes of all exporters."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self._by_exporter: dict[Exporter, tuple[Signs, Signs]] = {}

    def of(self, exporter: Exporter) -> tuple[Signs, Signs]:
        """The lanes of an exporter: of version 9, and of IPFIX."""
        return self._by_exporter.get(exporter, _NONE)

    def forget(self) -> None:
        """End all lanes; routes stay, as datagrams that wait to be decoded point to them."""
        self._by_exporter = {}

    def prune(self) -> None:
        """Begin anew where there are too many routes; only when nothing points to them."""
        if len(self.routes) > _KEPT:
            self.routes, self._by_exporter = [], {}

    def add(self, data: bytes, session: Session, definition: Definition) -> None:
        """A datagram that is nothing but one data set opens a lane for those like it."""
        if not _is_one_set(data, session):
            return
        layout = definition.layout
        start = _set_at(session) + 4
        rest = (len(data) - start) % layout.least if layout.is_fixed else 0
        self._open(data, session, len(self.routes), None)
        self.routes.append(Route(layout, session.state, session, start, len(data) - rest))

    def add_known(self, data: bytes, session: Session) -> None:
        """A datagram of templates that changed nothing opens a lane for its copies."""
        if _is_one_set(data, session):
            self._open(data, session, -1 - session.index, data[_set_at(session) :])

    def _open(self, data: bytes, session: Session, route: int, body: bytes | None) -> None:
        is_v9 = session.domain.version == 9
        lanes = self._by_exporter.setdefault(session.domain.exporter, ({}, {}))
        at = _set_at(session)
        lane = Lane(len(data), data[: 2 if is_v9 else 4], route, session, body)
        lanes[0 if is_v9 else 1][data[at - 4 : at + 4]] = lane


def _set_at(session: Session) -> int:
    """Where the first set begins."""
    return HEADER_OCTETS[session.domain.version]


def _is_one_set(data: bytes, session: Session) -> bool:
    octets, at = len(data), _set_at(session)
    if octets < HEAD_OCTETS or int.from_bytes(data[at + 2 : at + 4], "big") != octets - at:
        return False
    return session.domain.version == 9 or int.from_bytes(data[2:4], "big") == octets
