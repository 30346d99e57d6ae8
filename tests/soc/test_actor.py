from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import pytest

from soc import actor as module
from soc.actor import Actor, _login, _loginuid
from soc.errors import ScopeError
from soc.records import Author

NAMES = {0: "root", 1000: "zhou", 1001: "lin", 990: "soc"}


@dataclass(frozen=True)
class Someone:
    name: str
    rights: frozenset[str]


def test_the_login_of_the_session_survives_a_change_of_user() -> None:
    assert _login(1000, 990, None, NAMES.get) == "zhou"


def test_root_behind_sudo_is_the_user_who_called_it() -> None:
    assert _login(None, 0, "1001", NAMES.get) == "lin"


def test_sudo_in_the_environment_of_an_ordinary_user_proves_nothing() -> None:
    assert _login(None, 1000, "1001", NAMES.get) == "zhou"


@pytest.mark.parametrize("forged", ["lin", "-1", "", "7777", "٣"])
def test_what_is_no_known_uid_is_ignored(forged: str) -> None:
    assert _login(None, 0, forged, NAMES.get) == "root"


def test_a_session_without_a_name_here_is_no_evidence() -> None:
    assert _login(4242, 990, None, NAMES.get) == "soc"


def test_a_user_without_a_name_is_a_number() -> None:
    assert _login(None, 4242, None, NAMES.get) == "uid 4242"


def test_a_number_that_no_user_can_have_has_no_name() -> None:
    assert module._name_of(2**40) is None


def test_the_kernel_is_asked_who_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = tmp_path / "loginuid"
    monkeypatch.setattr(module, "_LOGINUID", kept)
    absent = _loginuid()
    kept.write_text("1000")
    known = _loginuid()
    kept.write_text("4294967295")

    assert (absent, known, _loginuid()) == (None, 1000, None)


def test_rights_and_name_come_from_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_loginuid", lambda: None)
    login = pwd.getpwuid(os.geteuid()).pw_name
    people = {login: Someone("周启明", frozenset({"approve", "block"}))}

    actor = Actor.current(people, {})

    assert (actor.login, actor.person) == (login, "周启明")
    assert actor.rights == {"approve", "block"}


def test_who_is_not_in_people_may_only_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_loginuid", lambda: None)

    actor = Actor.current({}, {})

    assert (actor.person, actor.rights) == (None, frozenset())


def test_a_job_never_approves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_loginuid", lambda: None)
    login = pwd.getpwuid(os.geteuid()).pw_name
    people = {login: Someone("周启明", frozenset({"approve", "block"}))}

    job = Actor.current(people, {}, "schedule")

    assert job.rights == {"block"}
    with pytest.raises(ScopeError, match="a job never approves"):
        job.require("approve")


def test_a_missing_right_is_named_with_the_table_that_gives_it() -> None:
    actor = Actor("lin", "林若溪", frozenset({"scan"}), "cli", "jump1")

    actor.require("scan")
    with pytest.raises(ScopeError, match=r"'block' to rights of \[people\.lin\]"):
        actor.require("block")


def test_an_author_is_the_actor_without_rights() -> None:
    actor = Actor("lin", "林若溪", frozenset({"scan"}), "playbook", "jump1")

    assert actor.author() == Author(login="lin", person="林若溪", through="playbook", host="jump1")
