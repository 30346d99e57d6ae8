from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanners._authorize import authorize
from scanners._plan import Plan, planned
from soc._open import refreshed
from soc.context import Context
from soc.errors import ScopeError
from soc.net import network
from soc.records.asset import Asset, Endpoint
from soc.scope import Target
from soc.store import Change

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def register(
    context: Context, *addresses: str, end: str | None = None, state: str = "active"
) -> None:
    """One asset with these endpoints."""
    asset = Asset(
        id=f"lt-asset-{addresses[0]}",
        state=state,
        at=NOW,
        author=context.actor.author(),
        name="门户",
        endpoints=tuple(
            Endpoint(address=a, end=datetime.fromisoformat(end).date() if end else None)
            for a in addresses
        ),
    )
    context.store.records.apply([Change(asset.id, asset, expected=None)])


def targets(plan: Plan) -> list[str]:
    return [str(target.network) for target in plan.targets]


def test_named_targets_are_planned_in_their_order(scanning: Context) -> None:
    plan = planned(["192.0.2.64/26", "192.0.2.7"], scanning)

    assert targets(plan) == ["192.0.2.64/26", "192.0.2.7"]
    assert plan.hosts == 65


def test_a_named_target_outside_the_scope_stops_the_plan_and_is_audited(scanning: Context) -> None:
    with pytest.raises(ScopeError, match=r"198\.51\.100\.1"):
        planned(["192.0.2.7", "198.51.100.1"], scanning)

    last = list(scanning.store.audit.entries())[-1]
    assert (last["kind"], last["id"], last["login"]) == ("scan", "192.0.2.7 198.51.100.1", "tester")


def test_without_names_every_registered_endpoint_inside_is_planned_once(scanning: Context) -> None:
    register(scanning, "192.0.2.7", "2001:db8::7", "198.51.100.1")
    register(scanning, "192.0.2.9", "192.0.2.7")

    plan = planned([], refreshed(scanning))

    assert sorted(targets(plan)) == ["192.0.2.7", "192.0.2.9", "2001:db8::7"]
    assert plan.outside == ("198.51.100.1",)


def test_an_endpoint_that_has_ended_is_not_planned(scanning: Context) -> None:
    register(scanning, "192.0.2.7", end="2026-03-17")
    register(scanning, "192.0.2.8", end="2026-03-18")

    assert targets(planned([], scanning)) == ["192.0.2.8"]


def test_a_retired_asset_is_not_planned(scanning: Context) -> None:
    register(scanning, "192.0.2.7", state="retired")
    register(scanning, "192.0.2.8", state="unclaimed")

    assert targets(planned([], scanning)) == ["192.0.2.8"]


def test_once_a_leave_to_scan_is_recorded_nothing_else_is_planned(scanning: Context) -> None:
    authorize(["192.0.2.0/26"], NOW + timedelta(days=1), "扫描授权书", scanning)
    bound = refreshed(scanning)

    assert targets(planned(["192.0.2.7"], bound)) == ["192.0.2.7"]
    with pytest.raises(ScopeError, match="no valid authorisation"):
        planned(["192.0.2.200"], bound)


def test_a_leave_that_has_ended_allows_nothing(scanning: Context) -> None:
    authorize(["192.0.2.0/26"], NOW + timedelta(hours=1), "扫描授权书", scanning)
    later = replace(refreshed(scanning), clock=_At(NOW + timedelta(hours=1)))

    with pytest.raises(ScopeError, match="no valid authorisation"):
        planned(["192.0.2.7"], later)


class _At:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def test_the_time_of_a_plan_is_every_probe_at_the_rate() -> None:
    plan = Plan((Target(network("192.0.2.0/24"), None),), ())

    assert plan.seconds(ports=100, rate=1_000) == pytest.approx(25.6)
