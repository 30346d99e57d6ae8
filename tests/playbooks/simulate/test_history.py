from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from playbooks.simulate import _estate, _history, day

ON = date(2026, 2, 11)


def test_the_same_day_gives_the_same_bytes_and_the_next_one_others(tmp_path: Path) -> None:
    first, again, other = (
        _history.write(tmp_path / name, [on])[day.INNER].read_bytes()
        for name, on in (("a", ON), ("b", ON), ("c", ON + timedelta(days=1)))
    )

    assert first == again
    assert first != other


def test_a_file_of_several_days_holds_the_datagrams_of_each(tmp_path: Path) -> None:
    days = [ON, ON + timedelta(days=1)]
    flows = [sum(len(list(_history.calls(day.INNER, on))) for on in each) for each in (days, [ON])]

    both, one = (
        _history.write(tmp_path / str(n), each)[day.INNER].stat().st_size
        for n, each in enumerate((days, [ON]))
    )

    assert both / one == pytest.approx(flows[0] / flows[1], rel=0.02)


def test_the_days_end_before_the_made_one() -> None:
    days = _history.days(3)

    assert [str(on) for on in days] == ["2026-03-15", "2026-03-16", "2026-03-17"]
    assert _history.days(0) == []


@pytest.mark.parametrize("router", [day.OUTER, day.INNER])
def test_each_router_has_a_call_in_every_five_minutes_of_the_day(router: str) -> None:
    bins = {call.at_ms // 300_000 for call in _history.calls(router, ON)}

    assert bins == set(range(288))


def test_what_nobody_uses_is_called_by_nobody() -> None:
    silent = {each.system.address for each in (*_estate.SILENT, *_estate.BENIGN)}
    called = {call.server for router in (day.OUTER, day.INNER) for call in
              _history.calls(router, ON)}  # fmt: skip

    assert called & silent == set()
    assert _estate.SHADOW in called


def test_monthly_reports_are_read_at_the_turn_of_the_month() -> None:
    (monthly,) = (each for each in _estate.BENIGN if each.days)
    servers = {call.server for call in _history.calls(day.INNER, date(2026, 3, 1))}

    assert monthly.system.address in servers


def test_no_client_is_a_registered_system() -> None:
    systems = {system.address for system in _estate.registered()}
    clients = {
        call.client
        for router in (day.OUTER, day.INNER)
        for call in _history.calls(router, ON)
        if call.sent < 1 << 30  # the backup is sent by a host that stands in no row
    }

    assert clients & systems == set()


def test_only_scans_within_the_history_are_written(tmp_path: Path) -> None:
    assert len(_history.write_scans(tmp_path, 100)) == 4
    assert len(_history.write_scans(tmp_path, 10)) == 1
