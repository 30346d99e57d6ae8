"""Importing a ledger of 100,000 rows and 25 columns against reading the same bytes alone.

Run ``python -m benchmarks.ledger [ROWS]``. Ours is the whole command in a process of its own:
read, understand, match, store, tell the audit log. The peers read the workbook and do nothing
with it: openpyxl in its read-only mode, and calamine. Wall clock, CPU and peak memory of each
process and its children.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks._ledger_file import HEAD, write_csv, write_xlsx

ROWS = 100_000
SITE = '[site]\nname = "澜汀区"\ncode = "lt"\n'
OPENPYXL = """
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
print(sum(1 for sheet in book for row in sheet.iter_rows(values_only=True)))
"""
CALAMINE = """
import sys, python_calamine
book = python_calamine.load_workbook(sys.argv[1])
print(sum(1 for name in book.sheet_names for row in book.get_sheet_by_name(name).iter_rows()))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process with its children; memory is the largest single process of them."""

    seconds: float
    cpu_s: float
    peak_mib: float
    said: str

    def __str__(self) -> str:
        return f"{self.seconds:6.1f} s {self.cpu_s:6.1f} CPU-s {self.peak_mib:6.0f} MiB"


def cost(arguments: list[str], environment: dict[str, str] | None = None) -> Cost:
    """What a command costs; it must end well."""
    with tempfile.TemporaryFile("w+") as out:
        began = time.monotonic()
        process = subprocess.Popen(arguments, stdout=out, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"{arguments[:4]}: failed")
        out.seek(0)
        peak_mib = used.ru_maxrss / 1_024
        return Cost(seconds, used.ru_utime + used.ru_stime, peak_mib, out.read())


def imported(folder: Path, ledger: Path, rows: int) -> Cost:
    """The whole import into a home of its own."""
    home = folder / f"home-{ledger.suffix[1:]}"
    settings = folder / "soc.toml"
    settings.write_text(SITE, encoding="utf-8")
    command = [sys.executable, "-m", "cli", "--config", str(settings), "assets", "import"]
    found = cost([*command, str(ledger), "--json"], {**os.environ, "SOC_HOME": str(home)})
    told = json.loads(found.said)
    assert (told["rows"], told["added"], told["refused"]) == (rows, rows, 0)
    return found


def main() -> None:
    """Print each cost and the ratios."""
    rows = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdecimal() else ROWS
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as name:
        folder = Path(name)
        csv, xlsx = write_csv(folder / "a.csv", rows), write_xlsx(folder / "a.xlsx", rows)
        print(f"{rows} rows, {len(HEAD)} columns; load {os.getloadavg()[0]:.1f}")
        ours = {path.suffix: imported(folder, path, rows) for path in (xlsx, csv)}
        peers = {
            name: cost([sys.executable, "-c", program, str(xlsx)])
            for name, program in (("openpyxl", OPENPYXL), ("calamine", CALAMINE))
        }
        for suffix, found in ours.items():
            print(f"soc assets import {suffix:5} {found}   (aim 15 s)")
        for peer, found in peers.items():
            whole = ours[".xlsx"]
            print(f"{peer} reads alone      {found}   {found.cpu_s / whole.cpu_s:.2f} of our CPU")


if __name__ == "__main__":
    main()
