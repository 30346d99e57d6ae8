"""What is appended can be asked in the same run, also where it has to be shipped first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from soc.errors import Conflict, SocError, StoreError, StoreUnavailable
from soc.readable import insist, readable

DATASETS = ("match", "usage")


@dataclass
class Cluster:
    """A log of host ``a``, what the cluster knows of it, and the job that ships."""

    log: dict[str, int]
    marks: dict[str, int] = field(default_factory=dict)
    error: SocError | None = None
    runs: list[tuple[str, Any]] = field(default_factory=list)
    pauses: int = 0
    ends_after: int | None = None  # pauses after which somebody else has shipped all

    def run(self, name: str, params: Mapping[str, Any], context: Any) -> None:
        self.runs.append((name, params["datasets"]))
        if self.error:
            raise self.error
        self.marks |= {dataset: self.log[dataset] for dataset in params["datasets"]}

    def pause(self, seconds: float) -> None:
        self.pauses += 1
        if self.pauses == self.ends_after:
            self.marks = dict(self.log)

    def context(self, engine: str = "elasticsearch") -> Any:
        marks: Callable[[str], dict[str, int]] = lambda d: (  # noqa: E731
            {"a": self.marks[d], "b": 99} if d in self.marks else {"b": 99}
        )
        return SimpleNamespace(
            config=SimpleNamespace(store=SimpleNamespace(engine=engine)),
            engine=SimpleNamespace(newest=marks),
            store=SimpleNamespace(
                log=SimpleNamespace(origin="a", version=lambda d: self.log.get(d, -1))
            ),
            jobs=self,
        )

    def ask(self, **more: Any) -> bool:
        return readable(DATASETS, self.context(), pause=self.pause, **more)


def test_on_the_log_itself_everything_is_readable_at_once() -> None:
    cluster = Cluster({"match": 3})

    assert readable(DATASETS, cluster.context("duckdb"))
    assert cluster.runs == []


def test_only_what_is_behind_is_shipped() -> None:
    cluster = Cluster({"match": 3, "usage": 5}, {"match": 2, "usage": 5})

    assert cluster.ask()
    assert cluster.runs == [("store ship", ("match",))]


@pytest.mark.parametrize("log", [{}, {"match": 3}])
def test_where_nothing_is_behind_nothing_runs(log: dict[str, int]) -> None:
    cluster = Cluster(log, dict(log))

    assert cluster.ask()
    assert (cluster.runs, cluster.pauses) == ([], 0)


def test_another_process_that_ships_is_waited_for() -> None:
    cluster = Cluster({"match": 3}, error=Conflict("the daemon ships"), ends_after=4)

    assert cluster.ask()
    assert cluster.pauses == 4


def test_the_wait_has_an_end() -> None:
    cluster = Cluster({"match": 3}, error=Conflict("the daemon ships"))

    assert not cluster.ask(wait_s=2.0)
    assert cluster.pauses == 11


def test_a_cluster_that_takes_nothing_for_now_is_no_error() -> None:
    cluster = Cluster({"match": 3}, error=StoreUnavailable("429"))

    assert not cluster.ask()
    assert cluster.pauses == 0


def test_a_refusal_is_an_error() -> None:
    cluster = Cluster({"match": 3}, error=StoreError("403"))

    with pytest.raises(StoreError, match="403"):
        cluster.ask()


def test_what_must_be_readable_is_an_error_that_can_be_tried_again() -> None:
    cluster = Cluster({"match": 3}, error=StoreUnavailable("429"))

    with pytest.raises(StoreUnavailable, match=r"match, usage: .*`soc store status`") as refused:
        insist(DATASETS, cluster.context())
    assert refused.value.can_retry
