from __future__ import annotations

from dataclasses import replace

from soc.metrics import number, question
from soc.records.block import Block
from tests.soc.metrics._world import PERIOD, World, at, block


def count(metric: str, *blocks: Block) -> float | None:
    world = World()
    world.records.put(*blocks)
    return number(metric, question(PERIOD, world.context)).value


def test_a_block_is_proposed_when_its_record_is_made() -> None:
    old = block(1, at=at(-5))

    assert count("blocks_proposed", block(2)) == 1
    assert count("blocks_proposed", old, replace(old, state="approved", at=at(9))) == 0


def test_a_block_is_approved_on_the_day_of_the_last_yes() -> None:
    approved = block(1, state="approved", approved_by="second", approved_at=at(12))

    assert count("blocks_approved", approved, block(2)) == 1


def test_a_proposal_waits_until_somebody_decides() -> None:
    assert count("blocks_waiting", block(1), block(2, state="rejected")) == 1


def test_a_block_that_ran_out_is_not_in_force() -> None:
    exported = block(1, state="exported", expires_at=at(24 * 7))
    over = block(2, state="active", expires_at=at(23))
    forever = block(3, state="active")

    assert count("blocks_in_force", exported, over, forever, block(4, state="approved")) == 2
