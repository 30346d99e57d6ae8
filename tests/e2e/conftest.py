"""The demo's day, made twice for all tests of a session, whichever worker asks first.

Once on its own, once with the hundred days before it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.console import Said, process
from tests.e2e.tour import Tour, tour


@dataclass(frozen=True, slots=True)
class Demo:
    """A run of ``soc demo`` and the folder that it filled."""

    folder: Path
    said: Said

    @property
    def value(self) -> Any:
        return self.said.value


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Demo]:
    """Two runs with one seed, each in a process of its own; the second has a history."""
    base = _shared(tmp_path_factory)
    with _alone(base / "demo.lock"):
        return _run(base / "first", history=0), _run(base / "second", history=100)


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every command printed on the walk, made once for all tests of a session."""
    base = _shared(tmp_path_factory)
    with _alone(base / "walk.lock"):
        kept = base / "walk.json"
        if not kept.exists():
            (base / "walk").mkdir()
            said = plain(tour(base / "walk"))
            kept.write_text(json.dumps(said), encoding="utf-8")
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def plain(walk: Tour) -> dict[str, Any]:
    """What a walk printed, without the place of its folder."""
    text = json.dumps(walk.said)
    found: dict[str, Any] = json.loads(text.replace(str(walk.folder), ""))
    return found


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session that all its workers see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(folder: Path, history: int) -> Demo:
    """The run of that folder; it is kept for the other workers."""
    kept = folder.with_suffix(".json")
    if not kept.exists():
        folder.mkdir()
        options = ("--seed", 7, "--flows", 20_000, "--history", history, "--json")
        said = process("demo", *options, "--out", folder / "demo", folder=folder, timeout_s=900)
        kept.write_text(json.dumps(asdict(said)), encoding="utf-8")
    return Demo(folder / "demo", Said(**json.loads(kept.read_text(encoding="utf-8"))))
