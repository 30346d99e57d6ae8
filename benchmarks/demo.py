"""The whole job on the made day, set-up left out: ``python -m benchmarks.demo [FLOWS]``.

The aim is about a minute on two idle cores for a million flows and a hundred days before.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Print seconds, processor time and what was found."""
    flows = sys.argv[1] if sys.argv[1:] and sys.argv[1].isdecimal() else "1000000"
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as folder:
        out = str(Path(folder) / "demo")
        ran = subprocess.run(
            [sys.executable, "-m", "cli", "demo", "--flows", flows, "--out", out, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    told = json.loads(ran.stdout)
    found = sum(thing["found"] for thing in told["planted"])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s, peak_mib = used.ru_utime + used.ru_stime, used.ru_maxrss / 1_024
    print(f"{told['flows']} flows, {found} of {len(told['planted'])} planted things found")
    print(f"{told['seconds']:.0f} s (aim 60), {cpu_s:.0f} CPU-s, at most {peak_mib:.0f} MiB")


if __name__ == "__main__":
    main()
