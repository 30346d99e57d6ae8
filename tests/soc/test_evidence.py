from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from detections import alerts
from playbooks import block as playbook
from soc import evidence
from soc._evidence_rows import plain
from soc.errors import InputError, StoreError
from soc.records.alert import Alert
from soc.records.block import Block
from soc.store import Change
from tests.soc._stored import stored

if TYPE_CHECKING:
    from soc.context import Context
    from tests.conftest import SetClock


def folder(context: Context) -> Path:
    return context.store.home / "evidence"


def test_rows_are_kept_as_they_were_and_who_cites_them_is_recorded(context: Context) -> None:
    ids = stored(context, 3)

    found = evidence.keep(context, ids[:2], "lt-alert-1")

    assert found is not None
    assert found.event_ids == tuple(sorted(ids[:2]))
    assert found.cited_by == ("lt-alert-1",)
    path = evidence.path_of(context, found)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [row["event.id"] for row in evidence.content(context, found, 9)] == sorted(ids[:2])
    assert [each.standing for each in evidence.verify(context)] == ["ok"]


def test_kept_again_it_is_one_evidence_cited_by_both(context: Context) -> None:
    ids = stored(context, 2)
    first = evidence.keep(context, ids, "lt-alert-1")
    evidence.keep(context, reversed(ids), "lt-block-1")
    again = evidence.keep(context, ids, "lt-alert-1")

    assert first is not None
    assert again is not None
    assert again.id == first.id
    assert again.cited_by == ("lt-alert-1", "lt-block-1")
    assert again.revision == 2
    assert len(list(folder(context).iterdir())) == 1
    assert evidence.kept_for(context, "lt-block-1") == [again]


def test_retention_does_not_orphan_what_was_kept(context: Context, clock: SetClock) -> None:
    found = evidence.keep(context, stored(context, 1), "lt-alert-1")
    assert found is not None

    clock.advance(days=400)
    dropped = context.store.log.retain("flow", clock.now())

    assert dropped == 1
    assert [each.standing for each in evidence.verify(context)] == ["ok"]
    assert len(evidence.content(context, found, 9)) == 1


def test_rows_that_are_gone_are_named_and_of_nothing_nothing_is_kept(context: Context) -> None:
    ids = stored(context, 1)
    gone = "0" * 31 + "1"

    found = evidence.keep(context, [*ids, gone, "an-evidence-id"], "lt-alert-1")

    assert found is not None
    assert found.missing == (gone,)
    assert evidence.keep(context, [gone], "lt-alert-1") is None
    assert evidence.keep(context, [], "lt-alert-1") is None


def test_at_most_twenty_rows_are_kept(context: Context) -> None:
    found = evidence.keep(context, stored(context, 25), "lt-alert-1")

    assert found is not None
    assert len(found.event_ids) == 20


def test_a_row_is_found_wherever_in_time_it_lies(context: Context, clock: SetClock) -> None:
    ids, later = stored(context, 1), clock.now() + timedelta(days=30)

    assert evidence.keep(context, ids, "lt-alert-1", later, later) is not None


def test_an_altered_and_a_missing_file_are_found_and_one_that_nobody_recorded(
    context: Context,
) -> None:
    ids = stored(context, 2)
    kept = [evidence.keep(context, [id], "lt-alert-1") for id in ids]
    altered, missing = (evidence.path_of(context, each) for each in kept if each)
    altered.write_bytes(b"{}")
    missing.unlink()
    (folder(context) / "stray").write_bytes(b"")

    found = {each.sha256: each.standing for each in evidence.verify(context)}

    assert found == {altered.name: "altered", missing.name: "missing", "stray": "unknown"}


def test_a_file_is_copied_under_its_digest(context: Context, tmp_path: Path) -> None:
    shot = tmp_path / "waf.png"
    shot.write_bytes(b"\x89PNG")

    found = evidence.keep_file(context, shot, ["lt-drill-1"], evidence.of_kind(shot))

    assert (found.type, found.title, found.size_bytes) == ("screenshot", "waf.png", 4)
    assert evidence.path_of(context, found).read_bytes() == b"\x89PNG"
    with pytest.raises(InputError, match="name a file that can be read"):
        evidence.keep_file(context, tmp_path / "none", [])


def test_evidence_is_found_by_id_or_the_begin_of_its_digest(context: Context) -> None:
    found = evidence.keep(context, stored(context, 1), "lt-alert-1")
    assert found is not None

    assert evidence.find(context, found.id) == found
    assert evidence.find(context, found.sha256[:8].upper()) == found
    with pytest.raises(InputError, match="no such evidence"):
        evidence.find(context, found.sha256[:5])


def test_where_nothing_can_be_written_nothing_is_recorded(context: Context) -> None:
    ids = stored(context, 1)
    folder(context).rmdir()
    folder(context).write_bytes(b"")

    with pytest.raises(StoreError, match="make room"):
        evidence.keep(context, ids, "lt-alert-1")

    assert evidence.listed(context) == []


def test_a_line_says_dataset_and_id_and_leaves_out_what_is_absent() -> None:
    row = {
        "soc.source_key": 1,
        "soc.record": 2,
        "soc.version": 7,
        "source.ip": None,
        "soc.other": [("a", "b")],
        "soc.twin.source.ip": b"x",
    }

    assert plain(row, "flow") == {
        "soc.source_key": 1,
        "soc.record": 2,
        "soc.other": {"a": "b"},
        "event.dataset": "soc.flow",
        "event.id": "00000000000000010000000000000002",
    }


def test_a_conversation_is_named_as_other_tools_name_it() -> None:
    ends = {"source.ip": "192.0.2.1", "destination.ip": "198.51.100.7"}
    ports = {"source.port": 40_000, "destination.port": 443, "network.iana_number": 6}
    row = {"soc.source_key": 1, "soc.record": 2, **ends, **ports}

    assert plain(row, "flow")["network.community_id"].startswith("1:")
    assert (
        plain({**row, "network.community_id": "1:said"}, "flow")["network.community_id"] == "1:said"
    )


def test_closing_an_alert_and_approving_a_block_keep_what_they_rest_on(context: Context) -> None:
    ids, author, now = stored(context, 2), context.actor.author(), context.clock.now()
    shared: dict[str, Any] = {"at": now, "author": author, "evidence": tuple(ids)}
    alert = Alert(
        id="a1", state="open", rule="r", title="x", first_seen=now, last_seen=now, **shared
    )
    block = Block(
        id="b1",
        state="proposed",
        prefix="203.0.113.7/32",
        scope="edge",
        proposed_by=author.login,
        expires_at=now + timedelta(days=1),
        **shared,
    )
    context.store.records.apply([Change("1", alert), Change("2", block)])
    other = replace(context, actor=replace(context.actor, login="second"))

    alerts.close(context, alerts.find(context, "a1"), "attack", "确认")
    playbook.approve(other, ["b1"], "同意")

    (kept,) = evidence.listed(context)
    assert kept.cited_by == ("a1", "b1")
    assert kept.event_ids == tuple(sorted(ids))
    assert context.store.audit.verify().ok


def test_what_cannot_be_kept_is_not_concluded(context: Context) -> None:
    ids, now = stored(context, 1), context.clock.now()
    alert = Alert(
        id="a1",
        state="open",
        rule="r",
        title="x",
        first_seen=now,
        last_seen=now,
        at=now,
        author=context.actor.author(),
        evidence=tuple(ids),
    )
    context.store.records.apply([Change("1", alert)])
    folder(context).rmdir()
    folder(context).write_bytes(b"")

    with pytest.raises(StoreError):
        alerts.close(context, alerts.find(context, "a1"), "attack", "确认")

    stood = context.store.records.get("alert", "a1")
    assert stood is not None
    assert stood.state == "open"
