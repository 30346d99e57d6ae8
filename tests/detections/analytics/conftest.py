"""A second site, to compare runs with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from soc.actor import Actor
from soc.config import Config
from soc.context import Context
from tests.conftest import SetClock


@pytest.fixture
def other(config: Config, clock: SetClock, tmp_path: Path) -> Iterator[Context]:
    from cli import jobs
    from soc._open import open_context

    actor = Actor(login="tester", person=None, rights=frozenset(), through="cli", host="test")
    apart = config.model_copy(update={"home": tmp_path / "other"})
    with open_context(apart, jobs(), clock=clock, actor=actor) as opened:
        yield opened
