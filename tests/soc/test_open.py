from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from soc._open import SystemClock, open_context, prepared, refreshed
from soc.actor import Actor
from soc.config import Config
from soc.context import Context
from soc.errors import StoreError
from soc.register import put_zone
from tests.conftest import SetClock


def test_a_home_is_made_with_its_folders_and_closed_to_strangers(tmp_path: Path) -> None:
    home = prepared(tmp_path / "a" / "home")

    assert sorted(path.name for path in home.iterdir()) == [
        "audit",
        "evidence",
        "log",
        "rules",
        "state",
    ]
    assert stat.S_IMODE(home.stat().st_mode) & 0o007 == 0
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o007 == 0 for path in home.iterdir())


def test_what_is_made_in_a_group_s_home_is_the_group_s_to_write(
    config: Config, clock: SetClock
) -> None:
    config.home.mkdir(parents=True)
    config.home.chmod(0o2770)

    with open_context(config, (), clock=clock) as opened:
        put_zone("公用网络区", ["198.18.0.0/16"], opened)

    made = [stat.S_IMODE(path.stat().st_mode) for path in config.home.rglob("*")]
    assert all(mode & 0o060 == 0o060 and mode & 0o007 == 0 for mode in made)


def test_a_home_that_cannot_be_made_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"file/home: Not a directory; set SOC_HOME to a folder"):
        prepared(tmp_path / "file" / "home")


def test_a_context_takes_the_clock_and_the_actor_that_it_is_given(
    config: Config, clock: SetClock
) -> None:
    actor = Actor("somebody", "某人", frozenset(), through="cli", host="here")

    with open_context(config, (), clock=clock, actor=actor) as opened:
        assert opened.clock is clock
        assert opened.actor is actor
        assert opened.store.home == config.home
        assert opened.jobs.names() == []


def test_without_an_actor_it_is_whoever_runs_the_process(config: Config) -> None:
    with open_context(config, (), through="schedule", environment={}) as opened:
        assert opened.actor == Actor.current(config.people, {}, "schedule")


def test_a_second_context_reads_what_the_first_one_stored(config: Config, clock: SetClock) -> None:
    with open_context(config, (), clock=clock) as first:
        put_zone("公用网络区", ["198.18.0.0/16"], first)

    with open_context(config, (), clock=clock) as second:
        assert [zone.kind for zone in second.store.records.find("zone")] == ["zone"]


def test_a_refreshed_context_knows_the_ledger_as_it_is_now(context: Context) -> None:
    put_zone("公用网络区", ["198.18.0.0/16"], context)

    owner = refreshed(context).estate.who("198.18.3.4")

    assert context.estate.who("198.18.3.4") is None
    assert owner is not None
    assert owner.zone == "公用网络区"


def test_the_clock_of_the_system_tells_aware_utc() -> None:
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
