"""The tutorial's commands do what it says, in a folder of their own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "README.md"


def commands(page: Path) -> list[list[str]]:
    """Words of every line behind a prompt in a console block."""
    if not page.is_file():
        pytest.skip(f"{page.name} is not here: this run tests the built wheel")
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    lines = (line for block in blocks for line in block.splitlines())
    return [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]


def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    failed: list[str] = []
    for words in commands(TUTORIAL):
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
            continue
        ran = subprocess.run(
            [sys.executable, "-m", "cli", *words[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode or not ran.stdout.strip():
            failed.append(f"{' '.join(words)}: {ran.returncode} {ran.stderr.strip()[-300:]}")

    assert failed == []
