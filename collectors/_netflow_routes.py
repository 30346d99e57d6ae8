"""The short way for what nearly every datagram is: one data set of a template in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from collectors._netflow_messages import HEAD_OCTETS
from collectors._netflow_pending import Pending, Slice
from collectors._netflow_session import Definition, Exporter, Session


class _Route(NamedTuple):
    version: int
    session: Session
    size: int  # octets of a record; 1 where they vary
    state: int
    append: Callable[[Slice], None]


class Routes:
    """Where datagrams of an exporter, domain and set number go, until any of that changes.

    Routes are of one batch: they end with it, and with every new template or state.
    """

    def __init__(self) -> None:
        self._by_exporter: dict[Exporter, dict[bytes, _Route]] = {}

    def add(self, pending: Pending, session: Session, definition: Definition) -> None:
        """Send what comes next with that template the short way."""
        domain = session.domain
        key = domain.number.to_bytes(4, "big") + definition.template.number.to_bytes(2, "big")
        layout = definition.layout
        slices = pending.slices.setdefault(layout, [])
        self._by_exporter.setdefault(domain.exporter, {})[key] = _Route(
            domain.version,
            session,
            layout.least if layout.is_fixed else 1,
            pending.state(session.state),
            slices.append,
        )

    def take(
        self, pending: Pending, data: bytes, exporter: Exporter, arrival_us: int, source: int
    ) -> bool:
        """Keep a datagram that is nothing but one data set; False: not that, or not known."""
        routes = self._by_exporter.get(exporter)
        octets = len(data)
        if routes is None or octets < HEAD_OCTETS:
            return False
        version = data[1]
        at = 20 if version == 9 else 16  # where the set begins
        route = routes.get(data[at - 4 : at + 2])
        if route is None or route[0] != version or data[0]:
            return False
        rest = (octets - at - 4) % route[2]
        if rest > 3 or (data[at + 2] << 8 | data[at + 3]) != octets - at:
            return False
        session = route[1]
        if version == 9:
            uptime_ms = int.from_bytes(data[4:8], "big")
            if uptime_ms < session.uptime_ms:
                return False
            session.uptime_ms = uptime_ms
        elif (data[2] << 8 | data[3]) != octets:
            return False
        heads = pending.heads
        pending.order += 1
        pending.octets += octets
        route[4]((pending.order, len(heads), route[3], data[at + 4 : octets - rest]))
        heads.append(data[:HEAD_OCTETS])
        pending.sessions.append(session.index)
        pending.arrivals.append(arrival_us)
        pending.sources.append(source)
        return True
