"""Which rows of a flow dataset are a session, its client's side, a probe, an answer.

Routers export one row a direction: the client's row names the service as its destination.
"""

from __future__ import annotations

from soc.metrics.attacks import DENIED
from soc.where import All, Equals, Exists, In, Not, Range, Some, Where

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SERVICE_PORTS = 32_767  # ephemeral ports begin above on every usual system
_REPLIES = {SYN | ACK, RST | ACK, RST, ACK, FIN | ACK}  # what a server or an ended session sends
_XMAS = 0x29


def _flags(chosen: set[int]) -> Where:
    return In("soc.tcp_flags", tuple(sorted(chosen)))


CLIENT_SIDE: Where = All(
    (
        Range("destination.port", low=1, high=SERVICE_PORTS),
        Range("source.port", low=1_024),
    )
)  # the row of the side that began
TCP: Where = Equals("network.transport", "tcp")
TALKED: Where = Some(
    (
        Range("destination.packets", low=2),
        All((TCP, _flags({f for f in range(256) if f & PSH and f & ACK}))),
    )
)  # the row itself shows that the other side answered
REFUSED: Where = All((TCP, _flags({f for f in range(256) if f & RST and not f & (SYN | PSH)})))
"""A reset in answer to a call: sent, but no answer."""
PROBE: Where = All(
    (
        TCP,
        Not(Range("destination.packets", low=3)),
        Some(
            (
                All(
                    (
                        _flags({f for f in range(1, 256) if not f & PSH} - _REPLIES | {_XMAS}),
                        Range("source.packets", high=6),
                    )
                ),
                All((Equals("soc.tcp_flags", 0), CLIENT_SIDE, Range("source.packets", high=2))),
                All(
                    (
                        Not(Exists("soc.tcp_flags")),
                        CLIENT_SIDE,
                        Range("source.packets", high=2),
                    )
                ),
            )
        ),
    )
)  # a call that sent no data: unanswered, refused, or hung up at once
DENIED_CALL: Where = DENIED
