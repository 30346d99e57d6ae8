"""``soc doctor`` with a cluster: on the real server, and on one that says what it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from soc._doctor import checks
from soc._doctor_check import Check
from soc.config import ElasticsearchSettings
from soc.context import Context
from soc.store import ship
from soc.store.elastic import set_up
from tests.conftest import SetClock
from tests.elastic import shipped
from tests.elastic.told import Said, told
from tests.soc._stored import stored
from tests.soc.store.test_elastic_health import HEALTH, NOW, SETTINGS, node, nodes

ASKED = ("clock", "templates", "rights", "shards", "disk")
WELL: Mapping[str, Said] = {
    **nodes(node("a", 50)),
    "/_cluster/health": Said({**HEALTH, "active_shards": 100}),
    "/_cluster/settings": Said(SETTINGS),
}


def on(context: Context, url: str, namespace: str = "doctor", **more: Any) -> Context:
    """The site with a cluster that it ships to."""
    settings = ElasticsearchSettings(hosts=(url,), namespace=namespace, **more)
    cluster = context.config.model_copy(update={"elasticsearch": settings})
    return replace(context, config=cluster)


def found(context: Context) -> dict[str, Check]:
    return {check.name: check for check in checks(context)}


def with_answers(context: Context, **changed: Said) -> dict[str, Check]:
    """The checks on a server that is well but for these answers; ``__`` in a path is a slash."""
    paths = {f"/{name.replace('__', '/')}": said for name, said in changed.items()}
    with told({**WELL, **paths}) as server:
        return found(on(context, server.url))


def test_without_a_cluster_nothing_is_asked(context: Context) -> None:
    assert not [name for name in found(context) if name.startswith(("cluster", "ship"))]


def test_the_real_server_is_well_once_it_was_set_up(context: Context, clock: SetClock) -> None:
    url, namespace = shipped.settings().hosts[0], shipped.host().lower().replace("-", "_")
    site = on(context, url, namespace)
    before = found(site)["cluster_templates"]
    set_up(site.config, {}, dry_run=False)

    after = found(site)

    assert before.ok is False
    assert f"soc-marks-{namespace}" in before.found
    assert [n for n, c in after.items() if n != "scope" and not c.ok] == ["cluster_clock"]
    assert after["cluster_version"].found == "9.5.0"
    assert "security is off" in after["cluster_rights"].found


@pytest.mark.parametrize(("ahead_s", "ok"), [(59, True), (61, False), (-3600, False)])
def test_a_clock_that_is_off_is_told(context: Context, ahead_s: float, ok: bool) -> None:
    stats = nodes(node("a", 50, ahead_s=ahead_s))["/_nodes/stats"]
    check = with_answers(context, _nodes__stats=stats)["cluster_clock"]

    assert (check.ok, check.found) == (ok, f"{ahead_s:+.1f} s")


def test_an_hour_between_the_clocks_is_the_only_thing_told(
    context: Context, clock: SetClock
) -> None:
    clock.set(NOW + timedelta(hours=1))
    late = with_answers(context)

    assert late["cluster_clock"] == replace(late["cluster_clock"], ok=False, found="-3600.0 s")
    assert late["cluster"].ok is late["cluster_disk"].ok is late["cluster_shards"].ok is True


@pytest.mark.parametrize(("free", "ok"), [(25, True), (15, False), (2, False)])
def test_a_disk_below_its_watermark_is_told_with_its_room(
    context: Context, free: int, ok: bool
) -> None:
    stats = nodes(node("a", 60), node("b", free))["/_nodes/stats"]
    check = with_answers(context, _nodes__stats=stats)["cluster_disk"]

    assert check.ok is ok
    assert check.found.startswith(f"b: {free}.0/100.0 GiB free")
    assert "no writes below 5.0" in check.found


def test_shards_near_their_limit_are_told(context: Context) -> None:
    check = with_answers(context, _cluster__health=Said(HEALTH))["cluster_shards"]

    assert (check.ok, check.found) == (False, "1800/2000")


def test_a_refusal_is_not_known_and_hides_no_other_check(context: Context) -> None:
    refused = Said({"error": {"type": "security_exception", "reason": "unauthorized"}}, 403)
    checked = with_answers(context, _cluster__settings=refused)

    assert checked["cluster_disk"].ok is checked["cluster_shards"].ok is None
    assert "403: security_exception: unauthorized" in checked["cluster_disk"].found
    assert checked["cluster_disk"].remedy
    assert checked["cluster_clock"].ok is True


def test_a_collector_that_may_search_or_delete_has_more_than_it_needs(context: Context) -> None:
    stored(context, 1)
    index = {"view_index_metadata": True, "create_doc": True, "auto_configure": True}
    index |= {"maintenance": True, "indices:data/read/get": True, "indices:data/read/mget": True}
    held = {
        "cluster": {"monitor": True, "manage_security": False, "manage_index_templates": False},
        "index": {
            "logs-soc.flow-doctor": index,
            "soc-marks-doctor": {"read": True, "index": True},
            "logs-soc.*": {"delete": True, "delete_index": False, "manage": False, "read": True},
        },
    }
    check = with_answers(context, _security__user___has_privileges=Said(held))["cluster_rights"]

    assert check.ok is False
    assert check.found == "more than needed: delete (logs-soc.*), read (logs-soc.*)"


def test_a_server_that_is_away_is_one_failed_check(context: Context) -> None:
    checked = found(on(context, "http://127.0.0.1:1"))

    assert checked["cluster"].ok is False
    assert "\n" not in checked["cluster"].found
    assert {checked[f"cluster_{name}"].ok for name in (*ASKED, "version")} == {None}
    assert checked["shipping"].ok is checked["letters"].ok is True


def test_a_version_that_is_not_supported_is_told(context: Context) -> None:
    old = {"nodes": {"a": {"version": "8.19.0", "jvm": {"version": "25"}, "modules": []}}}
    checked = with_answers(context, _nodes__plugins=Said(old))

    assert (checked["cluster"].ok, checked["cluster_version"].ok) == (True, False)
    assert "8.19.0" in checked["cluster_version"].found


def test_settings_that_must_not_be_used_are_one_failed_check(context: Context) -> None:
    checked = found(on(context, "http://192.0.2.1:9200"))

    assert checked["cluster"].ok is False
    assert "plain http" in checked["cluster"].found


def test_rows_that_are_not_shipped_for_long_are_told(context: Context, clock: SetClock) -> None:
    stored(context, 3)
    site = on(context, "http://127.0.0.1:1")
    at_once = found(site)["shipping"]
    clock.advance(hours=1)

    later = found(site)["shipping"]

    assert (at_once.ok, later.ok) == (True, False)
    assert later.found == "idle; 3 rows, 3600 s behind"
    assert later.remedy


def test_letters_that_wait_are_told_by_reason(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = ship.status(on(context, "http://127.0.0.1:1"))
    block |= {"dead_letters": 3, "rejected": {"413": 1, "mapper_parsing_exception": 2}}
    monkeypatch.setattr(ship, "status", lambda context: block)

    check = found(on(context, "http://127.0.0.1:1"))["letters"]

    assert (check.ok, check.found) == (False, "3: 413 1, mapper_parsing_exception 2")


def test_what_is_told_can_be_written_as_json(context: Context) -> None:
    checked = found(on(context, "http://127.0.0.1:1"))

    assert json.dumps([c.ok for c in checked.values()]).count("null") == 6
