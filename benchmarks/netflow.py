"""NetFlow version 9 and IPFIX to Arrow against PyPI netflume, on the same datagrams.

Run ``python -m benchmarks.netflow [flows]``. Three quarters IPv4, hosts by Zipf, 17 fields,
about 20 records a datagram. Ours gives Arrow batches under ECS names with addresses as text and
number; netflume gives one dict a flow. CPU of this process, best of the rounds, which
alternate; one exporter. Aims: 60 times for fixed templates, 15 for variable length (first
marks, of a million flows: 31, 28 and 18 times). Then the longest that one mutated datagram took.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from netflume import Decoder as Netflume

from collectors._netflow_decoder import Decoder
from collectors._netflow_flush import Share
from collectors._netflow_session import Exporter as Sender
from playbooks.simulate._netflow import Exporter, datagrams
from soc.batch import Tally

ROUNDS = 3
START_US = 1_773_795_600_000_000
BOOT_MS = 1_773_000_000_000
SENDER = Sender(bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1]), 2_055)
Datagrams = list[tuple[float, bytes]]


def columns(count: int, chance: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Flows of an hour, ordered by end."""
    end = np.sort(START_US + chance.integers(0, 3_600_000, count) * 1_000)
    is_wide = chance.random(count) < 0.25
    return {
        "event.start": end - chance.integers(0, 60_000, count) * 1_000,
        "event.end": end,
        "source.ip": hosts(count, is_wide, chance),
        "destination.ip": hosts(count, is_wide, chance),
        "source.port": chance.integers(1_024, 65_535, count),
        "destination.port": chance.choice([22, 53, 80, 443, 3_306], count),
        "network.iana_number": chance.choice([6, 17, 1], count, p=[0.7, 0.28, 0.02]),
        "source.bytes": chance.integers(40, 1 << 20, count),
        "source.packets": chance.integers(1, 1_000, count),
        "soc.tcp_flags": chance.integers(0, 32, count),
        "soc.tos": np.zeros(count, np.int64),
        "observer.ingress.interface.id": chance.integers(1, 20, count),
        "observer.egress.interface.id": chance.integers(1, 20, count),
        "source.as.number": chance.integers(1, 60_000, count),
        "destination.as.number": chance.integers(1, 60_000, count),
        "network.vlan.id": chance.integers(1, 100, count),
        "soc.flow_direction": chance.integers(0, 2, count),
    }


def hosts(
    count: int, is_wide: npt.NDArray[np.bool_], chance: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Addresses of 198.18.0.0/15 and 2001:db8::/32, few of them most of the time."""
    ranks = (chance.zipf(1.3, count) % 20_000).astype(">u4").view(np.uint8).reshape(count, 4)
    narrow = np.zeros((count, 16), np.uint8)
    narrow[:, 10:12] = 255
    narrow[:, 12:] = ranks
    narrow[:, 12:14] = (198, 18)
    wide = np.zeros((count, 16), np.uint8)
    wide[:, :4] = (0x20, 0x01, 0x0D, 0xB8)
    wide[:, 12:] = ranks
    return np.where(is_wide[:, None], wide, narrow)


def ours(sent: Iterable[tuple[float, bytes]]) -> int:
    """Records decoded to Arrow."""
    decoder = Decoder(Share(None, "imported"))
    total = Tally()
    arrived = ((data, SENDER, int(seconds * 1e6)) for seconds, data in sent)
    for batch in decoder.take(arrived, 7):
        total += batch.tally
    return sum((batch.tally for batch in decoder.settle(7)), total).records


def theirs(sent: Iterable[tuple[float, bytes]]) -> int:
    """Records decoded to dicts."""
    decoder: Any = Netflume()  # type: ignore[no-untyped-call]
    count = 0
    for _, data in sent:
        message = decoder.decode(data, ("192.0.2.1", 2_055))
        count += len(message) if message is not None else 0
    return count


def compared(name: str, sent: Datagrams, count: int, aim: int) -> None:
    """Print CPU seconds and ratio of both on these datagrams."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for who, decode in (("ours", ours), ("netflume", theirs)):
            began = time.process_time()
            assert decode(sent) == count
            used = time.process_time() - began
            best[who] = min(best.get(who, used), used)
    ratio = best["netflume"] / best["ours"]
    print(
        f"{name:26} ours {best['ours']:6.3f} s ({count / best['ours'] / 1e6:.2f} M flows/s)"
        f"   netflume {best['netflume']:6.2f} s   ratio {ratio:5.1f} (aim {aim})"
    )


def slowest(sent: Datagrams, mutations: int = 2_000) -> float:
    """Milliseconds of the mutated datagram that took longest to decode alone."""
    rng = random.Random(11)
    decoder = Decoder(Share(None, "imported"))
    decoder.feed([(data, SENDER, -1) for _, data in sent[:50]], 7)
    list(decoder.flush())
    longest = 0.0
    for _ in range(mutations):
        octets = bytearray(rng.choice(sent[:50])[1])
        for _ in range(rng.randrange(1, 9)):
            octets[rng.randrange(min(len(octets), 80))] = rng.randrange(256)
        began = time.thread_time()
        decoder.feed([(bytes(octets), SENDER, -1)], 7)
        list(decoder.flush())
        longest = max(longest, time.thread_time() - began)
    return longest * 1_000


def timed(make: Callable[[], Datagrams]) -> tuple[Datagrams, float]:
    began = time.process_time()
    return make(), time.process_time() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    chance = np.random.default_rng(3)
    flows = columns(count, chance)
    names = [f"ge-0/0/{row % 48}".encode() for row in range(count)]
    ours(datagrams({n: c[:2_000] for n, c in flows.items()}, Exporter(boot_ms=BOOT_MS)))  # warm
    for name, version, variable, aim in (
        ("NetFlow v9, fixed", 9, None, 60),
        ("IPFIX, fixed", 10, None, 60),
        ("IPFIX, variable length", 10, {82: names}, 15),
    ):
        exporter = Exporter(version=version, boot_ms=BOOT_MS)
        sent, encoded = timed(
            lambda e=exporter, v=variable: list(datagrams(flows, e, variable=v))  # type: ignore[misc]
        )
        compared(name, sent, count, aim)
        print(f"{'':26} encoding took {encoded:.2f} s; {len(sent)} datagrams; ", end="")
        print(f"slowest mutated datagram {slowest(sent):.1f} ms")


if __name__ == "__main__":
    main()
