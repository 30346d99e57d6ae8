"""What an answer means for each document that was sent: pure.

A verdict is final (stored, there already, a dead letter), or says what to do: send again, ask
first which ids are there (*doubt*: the documents may or may not have been applied; *odd*: so,
but not for ever), split the request, or stop (*setup*: nothing of ours is set up there). Statuses: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Fate = Literal["stored", "already", "letter", "again", "doubt", "odd", "split", "stop", "setup"]

ODD = 8  # times that a document is sent again which the server cannot say why it fails
CONNECTION = "connection"
BLOCK = "cluster_block_exception"
_PUSHED_BACK = frozenset({BLOCK, "es_rejected_execution_exception", "circuit_breaking_exception"})
_NO_INDEX = "index_not_found_exception"
_NO_RIGHT = frozenset({401, 403})
_DONE = frozenset({200, 201})
_AWAY = frozenset({408, 502, 503, 504})
_TEXT = 500  # characters of a reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request; ``status`` None: nothing that can be trusted did."""

    status: int | None
    body: Any = None
    error: str = ""  # of the connection
    is_refused: bool = False  # by us: TLS, or it is no Elasticsearch; sending again helps nothing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a document, or of a request as a whole."""

    fate: Fate
    type: str = ""  # of the error, as the server names it
    reason: str = ""

    @property
    def is_final(self) -> bool:
        return self.fate in ("stored", "already", "letter")

    @property
    def is_blocked(self) -> bool:
        """The server takes nothing until somebody, or the disk, lifts a block."""
        return self.type == BLOCK


STORED = Verdict("stored")
ALREADY = Verdict("already")
_TORN = Verdict("doubt", "odd_answer", "the answer does not fit what was sent")


def judged(answer: Answer, ids: Sequence[str]) -> Verdict | list[Verdict]:
    """The verdict on each document, in their order, or one on the whole request."""
    if answer.status not in _DONE:
        return of_request(answer)
    try:
        found: list[Mapping[str, Any]] = [item["create"] for item in answer.body["items"]]
        if [item["_id"] for item in found] != list(ids):
            return _TORN
        return [of_item(item) for item in found]
    except (TypeError, KeyError, AttributeError):
        return _TORN


def of_item(item: Mapping[str, Any]) -> Verdict:
    """The verdict on one document, from its entry in the answer.

    Raises:
        KeyError: the entry has no status.
    """
    status = item["status"]
    if status in _DONE:
        if item.get("failure_store") == "used":
            return Verdict("letter", "failure_store", "went to the failure store, not to the data")
        return STORED
    if status == 409:
        return ALREADY
    kind, reason = cause(item.get("error"))
    return Verdict(_fate(status, kind), kind or str(status), reason or f"status {status}")


def _fate(status: Any, kind: str) -> Fate:
    if not isinstance(status, int):
        return "odd"
    if status == 429 or kind in _PUSHED_BACK:
        return "again"
    if status in _NO_RIGHT:
        return "stop"
    if status == 404 and kind == _NO_INDEX:
        return "setup"
    if status in _AWAY:
        return "doubt"
    return "letter" if 400 <= status < 500 else "odd"


def of_request(answer: Answer) -> Verdict:
    """The verdict on a request that was not taken apart into documents."""
    status = answer.status
    if answer.is_refused:
        return Verdict("stop", CONNECTION, answer.error)
    if status is None:
        return Verdict("doubt", CONNECTION, answer.error)
    kind, reason = cause(answer.body.get("error") if isinstance(answer.body, Mapping) else None)
    kind, reason = kind or str(status), reason or answer.error or f"status {status}"
    return Verdict(_OF_REQUEST.get(fate := _fate(status, kind), fate), kind, reason)


_OF_REQUEST: Mapping[Fate, Fate] = {"letter": "split", "odd": "doubt"}


def cause(error: object) -> tuple[str, str]:
    """Type and reason of an error, with that of its innermost cause; empty where there is none."""
    if isinstance(error, str):
        return "", error[:_TEXT]
    if not isinstance(error, Mapping):
        return "", ""
    inner = error
    while isinstance(inner.get("caused_by"), Mapping):
        inner = inner["caused_by"]
    told = dict.fromkeys(str(one["reason"]) for one in (error, inner) if one.get("reason"))
    return str(error.get("type") or ""), " ".join("; ".join(told).split())[:_TEXT]
