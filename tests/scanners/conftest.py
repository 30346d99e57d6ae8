"""A context that may scan loopback and documentation addresses, and an nmap of our own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from soc._open import open_context
from soc.actor import Actor
from soc.config import Config, ScopeSettings
from soc.context import Context
from tests.conftest import SetClock
from tests.fake_nmap import FakeNmap
from tests.scanners.site import Nmap

SCOPE = ("127.0.0.0/8", "192.0.2.0/24", "2001:db8::/32")


@pytest.fixture
def scanning(config: Config, clock: SetClock) -> Iterator[Context]:
    """A context whose settings allow to scan ``SCOPE``."""
    from cli import jobs

    config = config.model_copy(update={"scope": ScopeSettings(scan=SCOPE)})
    rights = frozenset({"approve", "scan"})
    actor = Actor("tester", "周启明", rights, through="cli", host="test")
    with open_context(config, jobs(), clock=clock, actor=actor) as opened:
        yield opened


@pytest.fixture
def nmap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeNmap]:
    """Puts an nmap on PATH that prints the XML it is given."""

    def put(xml: str = "", after: str = "") -> FakeNmap:
        fake = FakeNmap(tmp_path / "bin", xml, after)
        monkeypatch.setenv("PATH", f"{fake.folder}:{os.environ['PATH']}")
        return fake

    return put


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nmap:
    """An nmap on PATH that tells of made hosts."""
    fake = Nmap(tmp_path / "made")
    monkeypatch.setenv("PATH", f"{fake.folder}:{os.environ['PATH']}")
    return fake
