from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors._live import configured, stopping
from soc.context import Context
from soc.errors import ConfigError
from tests.collectors.test_run import line


def test_a_collector_that_is_not_configured_is_named(context: Context) -> None:
    with pytest.raises(ConfigError, match=r"collectors\.edge: is not configured"):
        configured("edge", context)


def test_a_signal_is_heard_once_and_then_works_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopping() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) == before

    assert signal.getsignal(signal.SIGTERM) == before


def test_a_running_collector_stores_everything_when_it_is_terminated(tmp_path: Path) -> None:
    eve, settings = tmp_path / "eve.json", tmp_path / "soc.toml"
    eve.write_bytes(line(1) + line(2))
    settings.write_text(
        f'home = "{tmp_path / "home"}"\n[collectors.ids]\ntype = "suricata"\n'
        f'paths = ["{eve}"]\nfollow = true\npoll_s = 0.1\n',
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-m",
        "cli",
        "--config",
        str(settings),
        "collect",
        "run",
        "ids",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        table = tmp_path / "home" / "log" / "alert" / "_delta_log"
        deadline = time.monotonic() + 60
        while not table.is_dir() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors.decode()
    assert json.loads(out)["stored"] == 2
