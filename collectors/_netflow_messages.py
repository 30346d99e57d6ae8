"""The headers of the messages of one batch, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
HEAD_OCTETS = 24  # the longest header, that of version 5
_PLAUSIBLE_S = 100_000_000  # 1973: below that a header holds uptime, not time (softflowd 0.9.9)


@dataclass(frozen=True, eq=False)
class Messages:
    """One entry a message."""

    version: Ints
    export_us: Ints  # when it was sent, by the exporter; by us where its clock is not set
    uptime_ms: Ints  # of the exporter, modulo 2^32; meaningless in IPFIX
    sequence: Ints
    domain: Ints
    sampling: Ints  # version 5: one of n; 0 not told
    session: Ints  # index of the exporter's session
    arrival_us: Ints  # by our clock or the capture's; -1 unknown


def messages(heads: Sequence[bytes], session: Sequence[int], arrival: Sequence[int]) -> Messages:
    """Columns of message headers, each given as at least 24 octets of its datagram.

    NetFlow version 5 (Cisco), RFC 3954 section 5.1, RFC 7011 section 3.1.
    """
    octets = b"".join([head[:HEAD_OCTETS] for head in heads])
    words = np.frombuffer(octets, ">u4").reshape(-1, 6).astype(np.int64)
    version = words[:, 0] >> 16
    is_v5, is_ipfix = version == 5, version == 10
    seconds = np.where(is_ipfix, words[:, 1], words[:, 2])
    export_us = seconds * 1_000_000 + np.where(is_v5, np.minimum(words[:, 3], 10**9) // 1000, 0)
    arrival_us = np.array(arrival, np.int64)
    export_us = np.where((seconds < _PLAUSIBLE_S) & (arrival_us >= 0), arrival_us, export_us)
    engine = words[:, 5] >> 16
    return Messages(
        version,
        export_us,
        words[:, 1],
        np.select([is_v5, is_ipfix], [words[:, 4], words[:, 2]], words[:, 3]),
        np.select([is_v5, is_ipfix], [engine, words[:, 3]], words[:, 4]),
        np.where(is_v5, words[:, 5] & 0x3FFF, 0),
        np.array(session, np.int64),
        arrival_us,
    )
