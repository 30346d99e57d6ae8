from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from collectors import _gather
from collectors._gather import Gather, Labels
from soc.batch import Batch, Refusal, Tally
from soc.context import Context
from soc.errors import Conflict
from soc.store import Appended
from tests.collectors.test_health import batch

LABELS = Labels("ids-1", None, "live")


class Log:
    """A log that remembers what it was asked to store, and in which order."""

    origin = "test"

    def __init__(self, known: set[str], conflicts: int = 0) -> None:
        self.appended: list[tuple[str, int]] = []
        self._known = known
        self._conflicts = conflicts

    def position(self, source: int, dataset: str) -> int:
        return int(dataset in self._known)

    def append(self, batches: list[Batch]) -> Appended:
        if self._conflicts:
            self._conflicts -= 1
            raise Conflict("moved")
        rows = sum(part.rows.num_rows for part in batches if part.rows is not None)
        self.appended.append((batches[0].dataset, rows))
        return Appended(rows, 1)


def gathering(context: Context, log: Any) -> Gather:
    return Gather(replace(context, store=replace(context.store, log=log)), LABELS)


def of(dataset: str, *minutes: float) -> Batch:
    return replace(batch(*minutes), dataset=dataset)


def test_batches_of_a_source_and_dataset_are_one_append(context: Context) -> None:
    log = Log(set())
    gather = gathering(context, log)
    gather.add(of("flow", 0))
    gather.add(of("flow", 1, 2))

    gather.commit()

    assert log.appended == [("flow", 3)]
    assert gather.stored == 3


def test_datasets_that_are_new_to_a_source_are_stored_first(context: Context) -> None:
    log = Log({"flow"})
    gather = gathering(context, log)
    gather.add(of("flow", 0))
    gather.add(of("http", 0))

    gather.commit()

    assert [dataset for dataset, _ in log.appended] == ["http", "flow"]


def test_enough_rows_are_stored_at_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gather, "ROWS_A_COMMIT", 2)
    log = Log(set())
    gather = gathering(context, log)

    gather.add(of("flow", 0))
    assert log.appended == []
    gather.add(of("flow", 1))

    assert log.appended == [("flow", 2)]


def test_an_append_that_another_writer_overtook_is_repeated(context: Context) -> None:
    log = Log(set(), conflicts=2)
    gather = gathering(context, log)
    gather.add(of("flow", 0))

    gather.commit()

    assert gather.stored == 1


def test_a_source_that_moves_all_the_time_is_a_conflict(context: Context) -> None:
    gather = gathering(context, Log(set(), conflicts=9))
    gather.add(of("flow", 0))

    with pytest.raises(Conflict):
        gather.commit()


def test_counts_are_summed_and_the_first_refusals_kept(context: Context) -> None:
    gather = gathering(context, Log(set()))
    refusals = tuple(Refusal(str(n), "", "") for n in range(20))
    for _ in range(3):
        gather.add(Batch(1, "flow", None, Tally(refused=20), refusals))

    assert gather.tally.refused == 60
    assert len(gather.refusals) == 20


def test_a_label_of_the_row_wins(context: Context) -> None:
    log = Log(set())
    gather = gathering(context, log)
    found = batch(0)
    assert found.rows is not None
    named = found.rows.append_column("observer.name", pa.array(["r9"]))

    labelled = gather._labelled(named, "ids-1", None)

    assert labelled.column("observer.name").to_pylist() == ["r9"]
    assert labelled.column("soc.origin").to_pylist() == ["live"]
