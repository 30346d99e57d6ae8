"""One load against a server that is told what to answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from soc.errors import StoreError, StoreUnavailable
from soc.store._ship_pace import Pace, Patience
from soc.store._ship_place import BEGINNING
from soc.store._ship_read import Load
from soc.store._ship_send import Halted, NotSetUp, Refused, Sender, Stopped
from soc.store._ship_verdict import ODD, Answer
from soc.store._ship_watch import Watch

QUICK = Patience(first_s=0.0, most_s=0.0, away_s=0.2, refused_s=0.2)
Reply = Callable[[list[str], bytes], Answer]


def load(count: int) -> Load:
    ids = [f"id-{number}" for number in range(count)]
    lines = [f'{{"create":{{"_id":"{id}"}}}}\n{{"n":1}}\n'.encode() for id in ids]
    ends = np.cumsum([0, *map(len, lines)]).astype(np.int64)
    return Load(BEGINNING, BEGINNING, b"".join(lines), ends, ids)


class FakeWire:
    """Holds what it was sent; ``replies`` come first, then every document is stored."""

    place = "fake:9200"

    def __init__(self, *replies: Reply, has_template: bool = True) -> None:
        self.held: set[str] = set()
        self.sent: list[list[str]] = []
        self.asked: list[int] = []
        self._replies: Iterator[Reply] = iter(replies)
        self._has_template = has_template

    def send(self, dataset: str, lines: bytes) -> tuple[Answer, float]:
        ids = [line.split(b'"')[5].decode() for line in lines.splitlines()[::2]]
        self.sent.append(ids)
        return next(self._replies, self.store)(ids, lines), 0.0

    def store(self, ids: list[str], lines: bytes) -> Answer:
        items = [{"create": {"_id": i, "status": 409 if i in self.held else 201}} for i in ids]
        self.held |= set(ids)
        return Answer(200, {"items": items})

    def there(self, dataset: str, ids: Sequence[str], since: int) -> set[str]:
        self.asked.append(since)
        return self.held & set(ids)

    def has_template(self, dataset: str) -> bool:
        return self._has_template


def failing(status: int, kind: str) -> Reply:
    error = {"type": kind, "reason": "so it is"}

    def reply(ids: list[str], lines: bytes) -> Answer:
        return Answer(
            200, {"items": [{"create": {"_id": i, "status": status, "error": error}} for i in ids]}
        )

    return reply


def whole(status: int | None, error: str = "") -> Reply:
    return lambda ids, lines: Answer(status, {}, error)


def sender(wire: Any, patience: Patience = QUICK) -> Sender:
    return Sender(wire, "flow", Pace(4), Watch(), patience, threading.Event(), since=3)


def test_all_of_a_load_is_stored_at_once() -> None:
    wire = FakeWire()
    settled = sender(wire).deliver(load(5))

    assert (settled.stored, settled.already, settled.rejects) == (5, 0, [])
    assert (len(wire.sent), wire.asked) == (1, [])


def test_what_may_have_been_sent_is_asked_for_first() -> None:
    wire = FakeWire()
    wire.held = {"id-1", "id-3"}
    settled = sender(wire).deliver(load(5), asked_from=2)

    assert (settled.stored, settled.already) == (3, 2)
    assert (wire.sent, wire.asked) == ([["id-0", "id-2", "id-4"]], [2])


def test_an_answer_that_is_lost_is_followed_by_a_question() -> None:
    wire = FakeWire()

    def lost(ids: list[str], lines: bytes) -> Answer:
        wire.store(ids, lines)
        return Answer(None, error="reset")

    wire._replies = iter([lost])
    settled = sender(wire).deliver(load(5))

    assert (settled.stored, settled.already) == (0, 5)
    assert (len(wire.sent), wire.asked) == (1, [3])


def test_a_push_back_is_sent_again_without_a_question() -> None:
    wire = FakeWire(failing(429, "es_rejected_execution_exception"), whole(429))

    assert sender(wire).deliver(load(5)).stored == 5
    assert (len(wire.sent), wire.asked) == (3, [])


def test_a_request_that_is_too_large_is_halved_and_the_size_remembered() -> None:
    wire = FakeWire(whole(413))
    one = sender(wire)
    one.deliver(load(8))
    one.deliver(load(8))

    assert [len(ids) for ids in wire.sent] == [8, 4, 4, 4, 4]


def test_a_document_that_is_too_large_by_itself_is_refused_alone() -> None:
    def reply(ids: list[str], lines: bytes) -> Answer:
        return Answer(413) if "id-3" in ids else wire.store(ids, lines)

    wire = FakeWire(*[reply] * 20)
    settled = sender(wire).deliver(load(8))

    assert settled.stored == 7
    assert [one.id for one in settled.rejects] == ["id-3"]
    assert settled.rejects[0].line == b'{"create":{"_id":"id-3"}}\n{"n":1}\n'


def test_what_the_server_can_never_say_why_is_refused_after_a_while() -> None:
    wire = FakeWire(*[failing(500, "illegal_state_exception")] * 99)
    settled = sender(wire, Patience(0.0, 0.0)).deliver(load(2))

    assert {one.verdict.type for one in settled.rejects} == {"illegal_state_exception"}
    assert len(wire.sent) == ODD + 1
    assert len(wire.asked) == ODD


def test_a_server_that_lets_nobody_in_stops_it() -> None:
    for reply in (whole(401), failing(403, "security_exception")):
        with pytest.raises(Stopped, match=r"fake:9200.*check the key"):
            sender(FakeWire(reply)).deliver(load(2))


def test_a_server_of_another_sort_refuses_for_good() -> None:
    def foreign(ids: list[str], lines: bytes) -> Answer:
        return Answer(None, error="TLS: wrong CA", is_refused=True)

    with pytest.raises(Refused, match=r"TLS: wrong CA: check hosts and ca_certs") as refused:
        sender(FakeWire(foreign)).deliver(load(2))
    assert not isinstance(refused.value, Stopped)


def test_a_stream_without_a_template_is_no_letter() -> None:
    wire = FakeWire(failing(404, "index_not_found_exception"), has_template=False)

    with pytest.raises(NotSetUp, match="nothing is set up for flow: run `soc store setup`"):
        sender(wire).deliver(load(2))


def test_a_stream_that_is_refused_although_it_is_set_up_is_a_letter() -> None:
    settled = sender(FakeWire(failing(404, "index_not_found_exception"))).deliver(load(2))

    assert len(settled.rejects) == 2


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (whole(None, "refused"), "waiting"),
        (failing(429, "es_rejected_execution_exception"), "waiting"),
        (failing(429, "cluster_block_exception"), "blocked"),
        (failing(403, "cluster_block_exception"), "blocked"),
    ],
)
def test_patience_ends_and_the_state_says_why(reply: Reply, state: str) -> None:
    one = sender(FakeWire(*[reply] * 1_000_000))

    with pytest.raises(StoreUnavailable, match="nothing is lost"):
        one.deliver(load(2))
    assert one.watch.of("flow").state == state


def test_a_shipper_that_is_to_end_waits_for_nothing() -> None:
    one = sender(FakeWire(*[whole(429)] * 99), Patience(60, 60, None, None))
    one.stop.set()

    with pytest.raises(Halted, match="what is left is sent later"):
        one.deliver(load(2))


def test_a_question_is_asked_until_it_is_answered_or_refused() -> None:
    answers = iter([StoreUnavailable("away"), StoreUnavailable("away"), None])

    def ask() -> str:
        error = next(answers)
        if error is not None:
            raise error
        return "yes"

    def refused() -> str:
        raise StoreError("400: no such thing")

    assert sender(FakeWire()).insisted(ask) == "yes"
    with pytest.raises(Refused, match="no such thing"):
        sender(FakeWire()).insisted(refused)
