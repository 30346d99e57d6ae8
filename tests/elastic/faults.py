"""What can go wrong with a bulk request: each fault answers one of them in place of the cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.elastic.faulty_cluster import BUSY, POISON, Cluster, Item, Refusal, refused

Manner = Literal["whole", "cut", "reset", "drip", "late"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a body, and how it goes over the wire."""

    status: int
    body: Any
    manner: Manner = "whole"


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk request that reached the server."""

    cluster: Cluster
    stream: str
    items: Sequence[Item]

    def applied(self) -> list[dict[str, Any]]:
        """Every item written as a healthy server writes it."""
        return self.cluster.create(self.stream, self.items)


Fault = Callable[[Bulk], Reply]


def told(answers: Sequence[dict[str, Any]], manner: Manner = "whole") -> Reply:
    """A reply of status 200 with these answers."""
    errors = any(answer["status"] >= 300 for answer in answers)
    items = [{"create": answer} for answer in answers]
    return Reply(200, {"errors": errors, "took": 1, "items": items}, manner)


def healthy(bulk: Bulk) -> Reply:
    return told(bulk.applied())


def busy(bulk: Bulk) -> Reply:
    """Every item is refused for now."""
    return told([refused(item, BUSY, bulk.stream) for item in bulk.items])


def mixed(bulk: Bulk) -> Reply:
    """One in four is stored, one refused for now, one for good, one lost its shard for now."""
    gone = Refusal(503, "unavailable_shards_exception", "primary shard is not active")
    kinds = (None, BUSY, POISON, gone)
    return told([_stored_or(bulk, item, kinds[n % 4]) for n, item in enumerate(bulk.items)])


def _stored_or(bulk: Bulk, item: Item, refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return bulk.cluster.create(bulk.stream, [item])[0]
    return refused(item, refusal, bulk.stream)


def answer(status: int, kind: str) -> Fault:
    """The request as a whole is refused, nothing is stored."""

    def fault(bulk: Bulk) -> Reply:
        return failed(status, kind)

    return fault


def failed(status: int, kind: str) -> Reply:
    """What the server says of a request that it does not take."""
    cause = {"type": kind, "reason": f"{kind} of a fault"}
    return Reply(status, {"error": {"root_cause": [cause], **cause}, "status": status})


def applied_then(manner: Manner) -> Fault:
    """Stored, but the answer does not arrive as it should."""

    def fault(bulk: Bulk) -> Reply:
        return told(bulk.applied(), manner)

    return fault


def reset_before(bulk: Bulk) -> Reply:
    """Nothing is stored, and the connection is reset."""
    return Reply(200, {}, "reset")


def reset_after_with_rollover(bulk: Bulk) -> Reply:
    """Stored, the connection is reset, and writes go to a new backing index from now on."""
    answers = bulk.applied()
    bulk.cluster.rollover(bulk.stream)
    return told(answers, "reset")


def one_answer_short(bulk: Bulk) -> Reply:
    return told(bulk.applied()[:-1])


def one_answer_more(bulk: Bulk) -> Reply:
    answers = bulk.applied()
    return told([*answers, answers[-1]])


def in_another_order(bulk: Bulk) -> Reply:
    """Every second item is refused for now, and the answers come the other way round."""
    kinds = (None, BUSY)
    answers = [_stored_or(bulk, item, kinds[n % 2]) for n, item in enumerate(bulk.items)]
    return told(answers[::-1])


def of_other_ids(bulk: Bulk) -> Reply:
    """Nothing is stored, and success is told of other documents."""
    return told([{"_id": f"other-{n}", "status": 201} for n, _ in enumerate(bulk.items)])


def in_the_failure_store(bulk: Bulk) -> Reply:
    """Every third item is answered with success, and lies in the failure store."""
    return told([_put_aside(bulk, item) if n % 3 == 0 else _stored_or(bulk, item, None)
                 for n, item in enumerate(bulk.items)])  # fmt: skip


def _put_aside(bulk: Bulk, item: Item) -> dict[str, Any]:
    index = f".fs-{bulk.stream}-2026.03.18-000001"
    return {"_index": index, "_id": item.id, "result": "created", "status": 201,
            "failure_store": "used"}  # fmt: skip
