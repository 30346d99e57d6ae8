from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanners._change import change, greeting
from scanners._known import Known

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
WEB = (80, "tcp")
SSH = (22, "tcp")


def known(*ports: tuple[int, str], days: int | None = 1, banner: str = "") -> Known:
    asked = None if days is None else NOW - timedelta(days=days)
    services = {SSH: {"soc.scan.scripts": [("banner", banner)]}}
    return Known(frozenset(ports), services, asked)


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (None, {WEB}, "first"),
        (known(WEB, days=None), {WEB}, "first"),
        (known(WEB), {WEB}, None),
        (known(WEB), {WEB, SSH}, "ports"),
        (known(WEB, SSH), {WEB}, "ports"),
        (known(WEB, days=6), {WEB}, None),
        (known(WEB, days=7), {WEB}, "stale"),
        (known(WEB), set(), None),
        (None, set(), None),
    ],
)
def test_services_are_asked_first_on_another_set_of_ports_and_once_a_week(
    before: Known | None, now: set[tuple[int, str]], why: str | None
) -> None:
    assert change(before, frozenset(now), {}, NOW, 7) == why


def test_a_refresh_of_no_days_asks_always() -> None:
    assert change(known(WEB, days=0), frozenset({WEB}), {}, NOW, 0) == "stale"


@pytest.mark.parametrize(
    ("banner", "why"),
    [("SSH-2.0-OpenSSH_7.4", None), ("SSH-2.0-OpenSSH_9.6", "banner")],
)
def test_another_greeting_is_a_change(banner: str, why: str | None) -> None:
    before = known(SSH, banner="SSH-2.0-OpenSSH_7.4")

    assert change(before, frozenset({SSH}), {SSH: banner}, NOW, 7) == why


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SSH-2.0-OpenSSH_7.4", "SSH-2.0-OpenSSH_7.4"),
        ("220 (vsFTPd 3.0.3)", "220 (vsFTPd 3.0.3)"),
        ("RFB 003.008", "RFB 003.008"),
        ("J\\x00\\x00\\x00\\x0a5.5.62", None),
        ("", None),
    ],
)
def test_only_what_a_server_says_every_time_is_compared(text: str, kept: str | None) -> None:
    assert greeting(text) == kept
