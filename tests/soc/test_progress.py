from __future__ import annotations

import pytest

from soc.progress import Silent


def test_silence_shows_nothing_and_takes_every_step(capfd: pytest.CaptureFixture[str]) -> None:
    with Silent().task("netflow", total=2) as task:
        task.advance()
        task.advance(5)

    assert capfd.readouterr() == ("", "")
