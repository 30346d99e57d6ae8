"""Somebody who is named without rights may look, and changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli import jobs
from soc._open import open_context
from soc.actor import Actor
from soc.config import read
from soc.records.alert import Alert
from soc.store import Change
from tests.e2e.console import soc

ME = Actor.current({}, os.environ).login
SITE = """
home = "{home}"
[site]
name = "澜汀区政务服务和数据管理局"
code = "lt"
{people}
"""
CHANGES = [
    ("judge", ("alerts", "ack", "a1")),
    ("judge", ("alerts", "assign", "a1", "lin")),
    ("judge", ("alerts", "comment", "a1", "在查")),
    (
        "judge",
        ("figure", "set", "attacks_blocked", "--day=2026-03-17", "--value=1", "--evidence=x"),
    ),
    ("admin", ("zones", "set", "互联网区", "--prefix=192.0.2.0/24")),
    ("admin", ("sources", "set", "edge", "--type=exporter")),
    ("admin", ("detect", "rules", "disable", "{rule}", "--reason=x")),
    ("admin", ("detect", "rules", "enable", "{rule}", "--reason=x")),
    ("admin", ("assets", "undo", "--reason=x")),
]


def site(folder: Path, people: str) -> Path:
    path = folder / "soc.toml"
    path.write_text(SITE.format(home=folder / "home", people=people), encoding="utf-8")
    with open_context(read(path, {}), jobs()) as context:
        now = context.clock.now()
        alert = Alert(
            id="a1",
            state="open",
            at=now,
            author=context.actor.author(),
            rule="r",
            title="t",
            first_seen=now,
            last_seen=now,
            count=1,
            severity="low",
        )
        context.store.records.apply([Change("a1:1", alert, expected=0)])
    return path


def asked(config: Path, command: tuple[str, ...]) -> tuple[object, ...]:
    (first, *_) = soc("detect", "rules", "list", "--json", config=config).value
    return tuple(word.format(rule=first["id"]) for word in command)


def test_who_is_named_without_rights_changes_nothing_and_each_try_is_audited(
    tmp_path: Path,
) -> None:
    config = site(tmp_path, f'[people.{ME}]\nname = "见习"')

    for right, command in CHANGES:
        said = soc(*asked(config, command), config=config)
        assert (said.code, said.out) == (7, ""), command
        assert f"may not {right}" in said.complaint

    entries = soc("audit", "list", "--json", config=config).value
    refused = [entry for entry in entries if entry["action"] == "refused"]
    assert len(refused) == len(CHANGES)


@pytest.mark.parametrize(
    "people", ["", f'[people.{ME}]\nrights = ["judge", "admin"]'], ids=["nobody named", "rights"]
)
def test_a_site_of_one_person_and_who_has_the_rights_are_let_through(
    tmp_path: Path, people: str
) -> None:
    config = site(tmp_path, people)

    codes = {" ".join(c[:3]): soc(*asked(config, c), config=config).code for _, c in CHANGES}

    assert codes.pop("assets undo --reason=x") == 3  # there is no import to take back
    assert set(codes.values()) == {0}
