"""The driver, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detections._rules import own_files
from detections._run import Pass, marks_of, passes, slices
from detections.sigma import Rule, Target, load
from soc.context import Context
from soc.query import Select, Window
from tests.detections.events import RULE, append, probe

RULE_TEXT = """
title: Made
id: 6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0{number}
logsource: {{category: webserver}}
detection:
  s: {{cs-method: {method}}}
  condition: s
level: low
"""


def detect(context: Context) -> dict[str, Any]:
    return dict(context.jobs.run("detect", {}, context).value)


def matches(context: Context) -> list[dict[str, Any]]:
    batches = context.engine.select(Select("match"))
    return [row for batch in batches for row in batch.to_pylist()]


def write_rule(context: Context, method: str, number: str = "001") -> Path:
    path = context.store.home / "rules" / "made" / f"r{number}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE_TEXT.format(method=method, number=number), encoding="utf-8")
    return path


def test_a_hit_becomes_one_match_row_with_both_parties(context: Context) -> None:
    append(context, "http", [probe(), probe(user_agent__original="Mozilla/5.0")])

    value = detect(context)

    (row,) = matches(context)
    assert value["matches"] == 1
    assert row["rule.id"] == RULE
    assert row["soc.match.attacker"] == ["203.0.113.66"]
    assert row["soc.match.victim"] == ["198.51.100.20"]
    assert row["soc.match.victim_port"] == 443
    assert row["soc.match.dataset"] == "http"
    assert len(row["soc.match.events"]) == 1


def test_a_second_run_finds_nothing_new(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)

    again = detect(context)

    assert (again["matches"], again["opened"], again["updated"]) == (0, 0, 0)
    assert len(matches(context)) == 1


def test_late_rows_are_found_once(context: Context) -> None:
    append(context, "http", [probe()])
    detect(context)
    append(context, "http", [probe()], source=8)

    value = detect(context)

    assert (value["matches"], value["updated"]) == (1, 1)


def test_a_run_cut_off_after_its_append_doubles_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(context, "http", [probe()])
    with monkeypatch.context() as patched:
        patched.setattr(type(context.store.records), "conclude", _cut_off(context))
        with pytest.raises(KeyboardInterrupt):
            detect(context)
    append(context, "http", [probe()], source=8)

    value = detect(context)

    assert value["matches"] == 1
    assert len(matches(context)) == 2


def _cut_off(context: Context) -> Callable[..., int]:
    """Concludes that a run goes on, and breaks off at a mark of detection."""
    conclude = type(context.store.records).conclude

    def cut(records: Any, reader: str, *more: Any) -> int:
        if not reader.startswith("run "):
            raise KeyboardInterrupt
        return conclude(records, reader, *more)

    return cut


def test_a_new_rule_looks_back_and_says_so(context: Context) -> None:
    append(context, "http", [probe(user_agent__original="x", http__request__method="TRACE")])
    detect(context)
    write_rule(context, "TRACE")

    detect(context)

    (row,) = matches(context)
    assert row["soc.match.backfill"] is True
    assert detect(context)["matches"] == 0


def test_a_new_rule_does_not_look_further_back_than_stated(context: Context) -> None:
    old = probe(user_agent__original="x", http__request__method="TRACE")
    append(context, "http", [old], at=context.clock.now().replace(month=1))
    detect(context)
    write_rule(context, "TRACE")

    assert detect(context)["matches"] == 0


def test_a_changed_rule_finds_no_event_twice(context: Context) -> None:
    write_rule(context, "[TRACE]")
    rows = [probe(user_agent__original="x", http__request__method=m) for m in ("TRACE", "TRACK")]
    append(context, "http", rows)
    detect(context)
    write_rule(context, "[TRACE, TRACK]")

    value = detect(context)

    assert value["matches"] == 1
    assert len({row["soc.match.events"][0] for row in matches(context)}) == 2


def test_a_rule_of_pure_negation_is_silent_where_its_column_is_never_filled(
    context: Context,
) -> None:
    path = write_rule(context, "x")
    text = path.read_text("utf-8").replace("condition: s", "condition: not s")
    path.write_text(text.replace("cs-method", "cs-cookie"), encoding="utf-8")
    append(context, "http", [probe(user_agent__original="x")])

    assert detect(context)["matches"] == 0


def test_a_rule_that_does_not_load_is_told_and_the_others_run(context: Context) -> None:
    (write_rule(context, "TRACE").parent / "broken.yml").write_text("title: [", encoding="utf-8")
    append(context, "http", [probe()])

    value = detect(context)

    assert value["matches"] == 1
    assert len(value["errors"]) == 1
    assert "broken.yml" in value["errors"][0]


def _pair() -> tuple[Rule, Target]:
    rule = next(r for r in load(own_files()).rules if r.id == RULE)
    return rule, rule.targets[0]


def test_the_first_run_of_a_site_is_no_backfill() -> None:
    (one,) = passes("http", [_pair()], {}, {"h": 4})

    assert not one.is_backfill
    assert one.window == Window({}, {"h": 4})


def test_a_new_rule_catches_up_on_what_others_have_read_and_then_goes_with_them() -> None:
    found = passes("http", [_pair()], {"other@h": 3}, {"h": 4})

    assert [(one.is_backfill, one.window) for one in found] == [
        (True, Window({}, {"h": 3})),
        (False, Window({"h": 3}, {"h": 4})),
    ]


def test_rules_that_stand_at_one_place_are_read_together() -> None:
    rule, target = _pair()

    found = passes("http", [(rule, target), (rule, target)], {f"{rule.version}@h": 4}, {"h": 6})

    assert found == [Pass("http", ((rule, target),) * 2, Window({"h": 4}, {"h": 6}))]


def test_marks_are_kept_apart_by_rule_version() -> None:
    assert marks_of({"a@h": 1, "a@i": 2, "b@h": 3}, "a") == {"h": 1, "i": 2}


def test_slices_cover_the_window_without_a_gap_one_host_after_the_other() -> None:
    found = list(slices(Window({"h": 9}, {"h": 150, "i": 3})))

    assert found == [
        ("h", Window({"h": 9}, {"h": 73})),
        ("h", Window({"h": 73}, {"h": 137})),
        ("h", Window({"h": 137}, {"h": 150})),
        ("i", Window({"i": -1}, {"i": 3})),
    ]
