from __future__ import annotations

from pathlib import Path

import pytest

from scanners._diff import diff
from scanners._import import import_xml
from soc.context import Context
from soc.errors import InputError
from tests import fake_nmap
from tests.scanners import site
from tests.scanners.site import NGINX, OLD_NGINX, REDIS, Nmap

A, B = "192.0.2.7", "192.0.2.8"


def spots(entries: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(each["address"], each.get("port")) for each in entries]


def compared(context: Context, made: Nmap, *tellings: dict[str, dict[int, str]]) -> dict[str, list]:  # type: ignore[type-arg]
    runs = []
    for hosts in tellings:
        made.tell(hosts)
        runs.append(site.scan(context, A, B)["run"])
    return diff(runs[0], runs[1], context)


def test_ports_that_opened_or_closed_are_told_with_their_services(
    scanning: Context, made: Nmap
) -> None:
    told = compared(scanning, made, {A: {80: NGINX}}, {A: {6379: REDIS}})

    assert spots(told["new"]) == [(A, 6379)]
    assert spots(told["closed"]) == [(A, 80)]
    assert told["new"][0]["service"]["product"] == "Redis key-value store"
    assert (told["changed"], told["unknown"]) == ([], [])


def test_another_version_on_the_same_port_is_a_change(scanning: Context, made: Nmap) -> None:
    told = compared(
        scanning, made, {A: {80: OLD_NGINX}}, {A: {80: NGINX, 22: site.service("ssh", "OpenSSH")}}
    )

    (changed,) = told["changed"]
    assert (changed["before"]["version"], changed["after"]["version"]) == ("1.14.2", "1.28.0")


def test_a_host_that_was_not_measured_is_unknown_and_never_closed(
    scanning: Context, made: Nmap
) -> None:
    told = compared(scanning, made, {A: {80: NGINX}, B: {80: NGINX}}, {A: {80: NGINX}})

    assert told["closed"] == []
    assert told["unknown"] == [{"address": B, "reason": "not_reached"}]


def test_a_port_that_is_filtered_now_is_unknown(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX, 443: NGINX}})
    first = site.scan(scanning, A)["run"]
    made.tell({A: {80: NGINX}}, silent="filtered")
    second = site.scan(scanning, A)["run"]

    told = diff(first, second, scanning)

    assert told["closed"] == []
    assert [(e["port"], e["reason"]) for e in told["unknown"]] == [(443, "filtered")]


def test_a_port_that_the_later_run_did_not_probe_is_unknown(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX, 443: NGINX}})
    first = site.scan(scanning, A)["run"]
    made.tell({A: {80: NGINX}})
    second = site.scan(scanning, A, ports="80")["run"]

    assert spots(diff(first, second, scanning)["unknown"]) == [(A, 443)]


def test_a_host_that_was_no_target_before_has_appeared(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX}, B: {80: NGINX}})
    first = site.scan(scanning, A)["run"]
    made.tell({A: {80: NGINX}, "192.0.2.9": {80: NGINX}})
    second = site.scan(scanning, A, "192.0.2.8/31")["run"]

    assert diff(first, second, scanning)["appeared"] == ["192.0.2.9"]


def test_an_imported_run_can_be_compared(context: Context, tmp_path: Path) -> None:
    runs = []
    for name, ports in (("a", (22, 80)), ("b", (80, 443))):
        path = tmp_path / f"{name}.xml"
        path.write_text(fake_nmap.document(fake_nmap.host(A, *ports)), encoding="utf-8")
        runs.append(import_xml(path, context)["run"])

    told = diff(runs[0], runs[1], context)

    assert spots(told["new"]) == [(A, 443)]
    assert [(e["port"], e["reason"]) for e in told["unknown"]] == [(22, "unknown")]


def test_a_run_without_rows_is_one_line(scanning: Context) -> None:
    with pytest.raises(InputError, match="lt-scan-none: holds no rows of a scan"):
        diff("lt-scan-none", "lt-scan-none", scanning)
