"""All benchmarks, one after the other: ``python -m benchmarks``; each prints its ratios."""

from __future__ import annotations

import runpy
from pathlib import Path


def main() -> None:
    """Run every module of this folder, in order of name."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        print(f"== {path.stem}", flush=True)
        runpy.run_module(f"benchmarks.{path.stem}", run_name="__main__")


if __name__ == "__main__":
    main()
