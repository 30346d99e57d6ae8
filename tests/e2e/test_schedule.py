"""Schedulers that start at once, and a run that is killed half-way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import jobs
from playbooks.simulate import _city as city
from playbooks.simulate import day
from soc._open import open_context
from soc.config import read
from soc.register import put_source, put_zone
from tests.e2e.conftest import Demo
from tests.e2e.console import inherited, soc
from tests.e2e.site import site

PLAN = '[schedule]\n"store compact" = "00:00"'


def started(config: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cli", "--config", str(config), *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=inherited(), stdout=quiet, stderr=quiet)


def collected(folder: Path, demo: Path) -> Path:
    """A site that holds the morning of the demo's day, before any detection."""
    config = site(folder)
    with open_context(read(config, {}), jobs()) as context:
        for name, prefixes in city.ZONES.items():
            put_zone(name, prefixes, context)
        for name, address in day.SCANNERS.items():
            put_source(name, context, type="scanner", prefixes=(address,))
        context.jobs.run("import ledger", {"paths": [next((demo / "day").glob("*.csv"))]}, context)
    pieces = sorted(path for hour in ("09", "10") for path in (demo / "day").glob(f"*-{hour}00.*"))
    assert len(pieces) == 6
    assert soc("collect", "file", *pieces, config=config).code == 0
    return config


class Later:
    """The clock ten minutes on, when the lease of a run that was killed has ended."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)


def alerts(config: Path) -> set[tuple[Any, ...]]:
    told = soc("alerts", "list", "--json", config=config).value
    return {(a["rule"], a["state"], a["count"], *sorted(a["attackers"])) for a in told}


def test_three_schedulers_at_once_run_a_due_job_once(tmp_path: Path) -> None:
    config = site(tmp_path, more=PLAN)

    racing = [started(config, "schedule", "now", "--due", "store compact") for _ in range(3)]
    codes = [process.wait(timeout=120) for process in racing]

    with open_context(read(config, {}), jobs()) as context:
        runs = list(context.store.records.find("run"))
    assert len(runs) == 1
    assert codes.count(0) >= 1
    assert set(codes) <= {0, 5}  # 5: somebody else holds the lease


def test_a_detection_killed_half_way_is_right_after_the_next_run(
    tmp_path: Path, demos: tuple[Demo, Demo]
) -> None:
    rng = random.Random(11)
    folders = tmp_path / "whole", tmp_path / "killed"
    for folder in folders:
        folder.mkdir()
    whole, killed = (collected(folder, demos[0].folder) for folder in folders)
    assert soc("detect", "run", config=whole).code == 0

    ends: list[int] = []
    for _ in range(4):
        process = started(killed, "detect", "run")
        time.sleep(rng.uniform(0.4, 1.4))
        os.kill(process.pid, signal.SIGKILL)
        ends.append(process.wait(timeout=60))
    with open_context(read(killed, {}), jobs(), clock=Later()) as context:
        context.jobs.run("detect", {}, context)

    assert -signal.SIGKILL in ends
    assert alerts(killed) == alerts(whole)
