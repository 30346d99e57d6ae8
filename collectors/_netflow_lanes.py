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

_KEPT = 10_000  # routes; more means that lanes end as fast as they begin


class Route(NamedTuple):
    """What a datagram of a lane holds: records of ``layout`` from ``start`` to ``stop``."""

    layout: Layout
    state: State
    session: Session
    start: int
    stop: int


class Lane(NamedTuple):
    """How a lane is known, and the number of its route."""

    octets: int  # of the datagram
    head: bytes  # first octets: version 9; IPFIX and its length
    route: int
    session: Session


class Lanes:
    """All lanes, by exporter and then by domain, set number and set length as they lie."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.by_exporter: dict[Exporter, dict[bytes, Lane]] = {}

    def forget(self) -> None:
        """End all lanes; routes stay, as datagrams that wait to be decoded point to them."""
        self.by_exporter = {}

    def prune(self) -> None:
        """Begin anew where there are too many routes; only when nothing points to them."""
        if len(self.routes) > _KEPT:
            self.routes, self.by_exporter = [], {}

    def add(self, data: bytes, session: Session, definition: Definition) -> None:
        """A datagram that is nothing but one data set opens a lane for those like it."""
        version = session.domain.version
        at = 20 if version == 9 else 16  # where the set begins
        octets = len(data)
        if octets < HEAD_OCTETS or int.from_bytes(data[at + 2 : at + 4], "big") != octets - at:
            return
        if version == 10 and int.from_bytes(data[2:4], "big") != octets:
            return
        layout = definition.layout
        rest = (octets - at - 4) % layout.least if layout.is_fixed else 0
        route = Route(layout, session.state, session, at + 4, octets - rest)
        lanes = self.by_exporter.setdefault(session.domain.exporter, {})
        head = data[: 2 if version == 9 else 4]
        lanes[head[:2] + data[at - 4 : at + 4]] = Lane(octets, head, len(self.routes), session)
        self.routes.append(route)
