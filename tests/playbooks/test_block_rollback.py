"""Publishing and the way back: an earlier list as a new version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import _block_export as work
from playbooks import block
from soc.config import Config
from soc.errors import ConfigError, ScopeError, StoreError
from tests.playbooks.test_block_export import exported, lines, made, store, stored

if TYPE_CHECKING:
    from soc.context import Context


def rolled(context: Context, **params: Any) -> dict[str, Any]:
    return dict(
        context.jobs.run("block rollback", {"reason": "wrong feed"} | params, context).value
    )


def with_settings(context: Context, **table: Any) -> Context:
    """The context with these settings of blocking."""
    known: Config = context.config
    return replace(context, config=known.model_copy(update={"playbooks": {"block": table}}))


def test_the_list_before_is_published_again_as_a_new_version(context: Context) -> None:
    store(context, made("203.0.113.1"))
    first = exported(context)
    store(context, made("203.0.113.9"))
    later = exported(context)

    value = rolled(context)

    assert (value["version"], value["restored"]) == (later["version"] + 1, first["version"])
    assert lines(value) == ["203.0.113.1"]
    assert [line["network"] for line in value["rolled_back"]] == ["203.0.113.9"]
    assert stored(context, "203.0.113.9").state == "rolled_back"
    assert stored(context, "203.0.113.9").periods[-1].end == context.clock.now()


def test_after_a_rollback_an_export_does_not_bring_it_back(context: Context) -> None:
    store(context, made("203.0.113.1"))
    exported(context)
    store(context, made("203.0.113.9"))
    exported(context)
    rolled(context)

    assert lines(exported(context)) == ["203.0.113.1"]


def test_what_a_person_released_since_is_told_and_not_blocked_again(context: Context) -> None:
    store(context, made("203.0.113.1"), made("203.0.113.3"))
    exported(context)
    block.release(context, ["203.0.113.1"], "carrier NAT", is_misblock=True)
    exported(context, allow_shrink=True)

    value = rolled(context)

    assert (value["left_out"], lines(value)) == (["203.0.113.1"], ["203.0.113.3"])


def test_any_kept_version_can_be_named_and_one_that_was_not_published_cannot(
    context: Context,
) -> None:
    store(context, made("203.0.113.1"))
    first = exported(context)
    for text in ("203.0.113.3", "203.0.113.5"):
        store(context, made(text))
        exported(context)

    assert lines(rolled(context, version=first["version"])) == ["203.0.113.1"]
    with pytest.raises(StoreError, match="no such version"):
        rolled(context, version=7)


def test_what_no_list_held_yet_is_left_for_the_next_export(context: Context) -> None:
    store(context, made("203.0.113.1"))
    exported(context)
    store(context, made("203.0.113.9"))
    exported(context)
    store(context, made("203.0.113.200"))

    rolled(context)

    assert stored(context, "203.0.113.200").state == "approved"


def test_without_an_earlier_version_there_is_no_way_back(context: Context) -> None:
    with pytest.raises(ConfigError, match="no earlier version"):
        rolled(context)
    with pytest.raises(ConfigError, match="reason"):
        rolled(context, reason="")


def test_the_record_of_a_version_says_who_why_what_changed_and_the_digests(
    context: Context,
) -> None:
    store(context, made("203.0.113.1"))
    exported(context)
    store(context, made("203.0.113.9"))

    value = exported(context, formats=["plain", "ipset"])

    path = context.store.home / "blocklists" / "versions" / f"{value['version']}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["author"] == {"login": "tester", "person": "周启明", "through": "cli"}
    assert (told["count"], told["added"], told["withdrawn"]) == (2, ["203.0.113.9"], [])
    assert told["files"] == {line["format"]: line["sha256"] for line in value["lists"]}


def test_a_publication_goes_to_the_folder_of_the_settings(context: Context, tmp_path: Path) -> None:
    store(context, made("203.0.113.1"))
    ours = with_settings(context, folder=str(tmp_path / "www"), formats=["plain", "xlsx"])

    value = ours.jobs.run("block publish", {}, ours).value

    assert [Path(line["path"]).parent for line in value["lists"]] == [tmp_path / "www"] * 2
    assert all(Path(line["path"]).is_file() for line in value["lists"])


def test_a_file_that_is_not_what_was_written_stops_the_publication(tmp_path: Path) -> None:
    path = tmp_path / "blocklist.txt"
    path.write_text("0.0.0.0/0\n", encoding="utf-8")

    with pytest.raises(StoreError, match="not what was written"):
        work._read_back({"path": str(path), "sha256": "0" * 64})


def test_more_new_blocks_than_an_hour_takes_wait_for_a_person(context: Context) -> None:
    store(context, *(made(f"203.0.113.{n}") for n in range(1, 10, 2)))
    ours = with_settings(context, hourly_cap=2)

    value = exported(ours)

    assert lines(value) == ["203.0.113.1", "203.0.113.3"]
    assert len(value["waiting"]) == 3
    assert len(exported(ours)["waiting"]) == 3
    assert len(lines(exported(ours, allow_growth=True))) == 5


def test_the_cap_of_a_day_holds_when_that_of_the_hour_is_free_again(
    context: Context, clock: Any
) -> None:
    store(context, *(made(f"203.0.113.{n}") for n in range(1, 10, 2)))
    ours = with_settings(context, hourly_cap=2, daily_cap=3)
    exported(ours)
    clock.advance(hours=2)

    assert len(lines(exported(ours))) == 3
    clock.advance(hours=23)
    assert len(lines(exported(ours))) == 5


def test_a_list_that_grew_much_needs_a_word_from_a_person(context: Context) -> None:
    store(context, made("203.0.113.1"))
    ours = with_settings(context, growth_free=2)
    exported(ours)
    store(context, *(made(f"198.51.100.{n}") for n in range(1, 6, 2)))
    job = replace(ours, actor=ours.actor.acting("schedule"))

    for asked, words in ((ours, {}), (job, {"allow_growth": True})):
        with pytest.raises(ScopeError, match="--allow-growth"):
            exported(asked, **words)

    assert len(lines(exported(ours, allow_growth=True))) == 4


def test_very_many_new_entries_need_a_word_even_on_the_first_list(context: Context) -> None:
    store(context, *(made(f"203.0.113.{n}") for n in range(1, 10, 2)))

    with pytest.raises(ScopeError, match="5 new entries"):
        exported(with_settings(context, growth_most=4))
