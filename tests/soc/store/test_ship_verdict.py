"""Verdicts: what each answer of the server means for what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from soc.store._ship_verdict import ALREADY, STORED, Answer, Verdict, cause, judged, of_request


def _item(status: object, kind: str = "", id: str = "a", **more: Any) -> dict[str, Any]:
    error = {"error": {"type": kind, "reason": "why"}} if kind else {}
    return {"create": {"_id": id, "status": status, **error, **more}}


def _one(status: object, kind: str = "", **more: Any) -> Verdict:
    found = judged(Answer(200, {"items": [_item(status, kind, **more)]}), ["a"])
    assert isinstance(found, list)
    return found[0]


def _whole(status: int | None, kind: str = "") -> Verdict:
    return of_request(Answer(status, {"error": {"type": kind, "reason": "why"}}, "no line"))


@pytest.mark.parametrize("status", [200, 201])
def test_what_is_stored_is_stored(status: int) -> None:
    assert _one(status) is STORED


def test_a_document_that_is_there_already_is_done() -> None:
    assert _one(409, "version_conflict_engine_exception") is ALREADY


def test_a_document_in_the_failure_store_is_not_stored() -> None:
    assert _one(201, failure_store="used").fate == "letter"
    assert _one(201, failure_store="not_applicable_or_unknown").fate == "stored"


@pytest.mark.parametrize(
    ("status", "kind", "fate"),
    [
        (429, "es_rejected_execution_exception", "again"),
        (429, "cluster_block_exception", "again"),
        (403, "cluster_block_exception", "again"),
        (503, "es_rejected_execution_exception", "again"),
        (503, "unavailable_shards_exception", "doubt"),
        (502, "bad_gateway", "doubt"),
        (504, "timeout", "doubt"),
        (500, "illegal_state_exception", "odd"),
        (None, "", "odd"),
        (401, "security_exception", "stop"),
        (403, "security_exception", "stop"),
        (404, "index_not_found_exception", "setup"),
        (404, "document_missing_exception", "letter"),
        (400, "document_parsing_exception", "letter"),
        (413, "too_large", "letter"),
    ],
)
def test_a_document_that_fails_is_judged_by_status_and_type(
    status: object, kind: str, fate: str
) -> None:
    assert _one(status, kind).fate == fate


def test_a_block_is_told_from_a_queue_that_is_full() -> None:
    assert _one(429, "cluster_block_exception").is_blocked
    assert not _one(429, "es_rejected_execution_exception").is_blocked


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"half of an ans",
        {},
        {"items": []},
        {"items": [_item(201), _item(201)]},
        {"items": [_item(201, id="b")]},
        {"items": [{"index": {"_id": "a", "status": 201}}]},
        {"items": [{"create": {"_id": "a"}}]},
        {"items": "none"},
    ],
)
def test_an_answer_that_does_not_fit_what_was_sent_proves_nothing(body: object) -> None:
    found = judged(Answer(200, body), ["a"])

    assert isinstance(found, Verdict)
    assert found.fate == "doubt"


def test_items_in_another_order_prove_nothing() -> None:
    found = judged(Answer(200, {"items": [_item(201, id="b"), _item(201)]}), ["a", "b"])

    assert isinstance(found, Verdict)


@pytest.mark.parametrize(
    ("status", "kind", "fate"),
    [
        (None, "", "doubt"),
        (500, "", "doubt"),
        (503, "master_not_discovered_exception", "doubt"),
        (429, "circuit_breaking_exception", "again"),
        (413, "", "split"),
        (400, "illegal_argument_exception", "split"),
        (401, "security_exception", "stop"),
        (403, "security_exception", "stop"),
        (404, "index_not_found_exception", "setup"),
    ],
)
def test_a_request_as_a_whole_is_judged_too(status: int | None, kind: str, fate: str) -> None:
    assert _whole(status, kind).fate == fate


def test_a_server_that_is_not_ours_to_talk_to_is_not_asked_again() -> None:
    assert of_request(Answer(None, error="TLS: wrong CA", is_refused=True)).fate == "stop"


def test_a_reason_names_the_innermost_cause() -> None:
    inner = {"type": "illegal_argument_exception", "reason": 'For input string: "x"'}
    error = {"type": "document_parsing_exception", "reason": "failed", "caused_by": inner}

    assert cause(error) == ("document_parsing_exception", 'failed; For input string: "x"')
    assert cause("no handler") == ("", "no handler")
    assert cause(None) == ("", "")
