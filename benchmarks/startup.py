"""`soc --help` against `python -c pass`, in turn: ``python -m benchmarks.startup``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

ROUNDS = 9
PEER = (sys.executable, "-c", "pass")
OURS = (sys.executable, "-m", "cli", "--help")


def seconds(command: Sequence[str]) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians and their difference; the aim is half a second over the bare start."""
    pairs = [(seconds(OURS), seconds(PEER)) for _ in range(ROUNDS + 1)][1:]
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    over = statistics.median(a - b for a, b in pairs)
    print(f"soc --help {ours:.3f} s, python -c pass {peer:.3f} s: {over:.3f} s over it (aim 0.5)")
    print(f"ratio {ours / peer:.1f}x")


if __name__ == "__main__":
    main()
