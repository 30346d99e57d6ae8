from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest

from soc import _doctor
from soc._doctor import checks, unopened
from soc._doctor_check import Check
from soc.config import ScopeSettings
from soc.context import Context
from soc.errors import StoreUnavailable


def named(context: Context, name: str) -> Check:
    return next(check for check in checks(context) if check.name == name)


def test_a_fresh_home_is_well_except_that_nothing_may_be_scanned(context: Context) -> None:
    found = {check.name: check.ok for check in checks(context)}

    assert (found["python"], found["home"], found["log"], found["audit"]) == (True,) * 4
    assert found["scope"] is False


def test_only_what_is_not_right_has_a_remedy(context: Context) -> None:
    assert [check.name for check in checks(context) if check.ok is bool(check.remedy)] == []


def test_a_scope_that_is_set_is_told(context: Context) -> None:
    scope = ScopeSettings(scan=("192.0.2.0/25", "2001:db8::/64"))
    scoped = replace(context, config=context.config.model_copy(update={"scope": scope}))

    assert named(scoped, "scope") == Check("scope", True, "192.0.2.0/25, 2001:db8::/64")


def test_a_missing_nmap_is_told_with_what_to_install(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    check = named(context, "nmap")

    assert (check.ok, check.found) == (False, "-")
    assert "apt install nmap" in (check.remedy or "")


def test_missing_libraries_of_the_pdf_are_named(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_doctor, "find_library", lambda name: None)

    assert named(context, "pdf").found == "pango-1.0, pangoft2-1.0, harfbuzz-subset"


def test_a_disk_that_is_nearly_full_is_told(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage: Any = shutil.disk_usage(context.store.home)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1 << 30))

    check = named(context, "disk")

    assert (check.ok, check.found) == (False, "1.0 GiB")
    assert check.remedy


def test_a_broken_audit_file_is_told_with_its_line(context: Context) -> None:
    context.store.audit.append({"kind": "zone", "id": "a", "reason": "first"})
    context.store.audit.append({"kind": "zone", "id": "b", "reason": "second"})
    (path,) = (context.store.home / "audit").glob("*.ndjson")
    path.write_bytes(path.read_bytes().replace(b"first", b"fixed"))

    check = named(context, "audit")

    assert check.ok is False
    assert check.found.startswith("(1, ")


def test_a_store_that_cannot_be_opened_is_one_failed_check(context: Context) -> None:
    error = StoreUnavailable("soc-state-default: no server: start it")

    found = unopened(error, ships=True)

    assert found[0].name == "records"
    assert (found[0].ok, found[0].found) == (False, str(error))
    assert {check.ok for check in found[1:]} == {None}
    known = {check.name for check in checks(context)}
    assert known < {check.name for check in found}
