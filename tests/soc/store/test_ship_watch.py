"""What others are told about the shipper is the worst of what it does."""

from __future__ import annotations

import pytest

from soc.store._ship_watch import Watch


def test_the_worst_of_what_goes_on_is_told() -> None:
    watch = Watch()
    watch.told("flow", "shipping")
    watch.troubled("dns", "blocked", "cluster_block_exception: disk")

    assert (watch.now().state, watch.now().error) == ("blocked", "cluster_block_exception: disk")
    assert watch.retries == 1


def test_a_verdict_ends_the_trouble_of_its_dataset_only() -> None:
    watch = Watch()
    watch.troubled("flow", "waiting", "away")
    watch.troubled("dns", "waiting", "away")
    watch.counted("flow", stored=3, already=2)
    watch.counted("flow", letters=1)

    assert watch.of("flow").state == "shipping"
    assert watch.now().state == "waiting"
    assert (watch.rows, watch.stored, watch.already, watch.letters) == (6, 3, 2, 1)


def test_a_trouble_is_logged_when_it_begins_and_not_at_each_repetition(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    lasts_s = [watch.troubled("flow", "waiting", "connection: refused") for _ in range(3)]

    assert lasts_s == sorted(lasts_s)
    assert [record.__dict__["soc.state"] for record in caplog.records] == ["waiting"]


def test_a_failure_is_told_until_its_dataset_is_through() -> None:
    watch = Watch()
    watch.told("flow", "failed", "no room")
    watch.told("flow", "shipping")
    watch.counted("flow", stored=1)

    assert (watch.now().state, watch.now().error) == ("failed", "no room")
    assert watch.of("flow").state == "shipping"
    watch.told("flow", "idle")
    assert watch.now().state == "idle"
