from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanners._findings import evaluate
from scanners._findings_fold import Coverage, absent, seen
from scanners._findings_list import DETAILS, listed, named, view
from scanners._import import import_xml
from soc.context import Context
from soc.errors import InputError
from soc.records.finding import Finding
from soc.register import put_zone
from tests import fake_nmap
from tests.scanners import site
from tests.scanners.site import AUTHOR, NGINX, NOW, OLD_NGINX, REDIS, Nmap

A = "192.0.2.7"
PORTS = "22,80,443,6379"


def finding(**more: object) -> Finding:
    record = Finding(
        id="lt-finding-1",
        state="open",
        at=NOW,
        author=AUTHOR,
        check="end_of_life",
        title="x",
        address=A,
        first_seen=NOW,
        last_seen=NOW,
        last_covered=NOW,
    )
    return replace(record, **more)  # type: ignore[arg-type]


def covering(days: int) -> Coverage:
    return Coverage(NOW + timedelta(days=days), AUTHOR, "未再发现")


def all_of(context: Context) -> dict[str, Finding]:
    return {each.check: each for each in listed(context, Finding.states)}


def test_a_run_opens_findings_with_grade_vector_and_owner(scanning: Context, made: Nmap) -> None:
    unit = site.unit(scanning, "a")
    put_zone("公用网络区", ["192.0.2.0/24"], scanning, type="public")
    site.asset(scanning, A, unit=unit, zone="公用网络区")
    made.tell({A: {6379: REDIS}})

    value = site.scan(site.opened(scanning), A)

    (found,) = listed(scanning)
    assert value["findings"] == {"new": 1, "seen": 0, "closed": 0}
    assert (found.check, found.grade, found.confidence) == (
        "exposed_service",
        "critical",
        "verified",
    )
    assert (found.unit, found.zone, found.address, found.port) == (unit, "公用网络区", A, 6379)
    assert found.graded_by == "GB/T 30279-2020"
    assert found.title == "管理服务暴露：Redis 缓存"
    assert len(found.evidence) == 1


def test_found_again_it_is_the_same_finding(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: OLD_NGINX}})
    site.scan(scanning, A)
    (first,) = listed(scanning)
    made.tell({A: {80: OLD_NGINX, 443: NGINX}})  # another port: asked again
    value = site.scan(scanning, A)

    (again,) = listed(scanning)
    assert value["findings"]["seen"] == 1
    assert (again.id, again.first_seen) == (first.id, first.first_seen)
    assert again.last_seen - first.last_seen == timedelta(days=1)


def test_a_day_on_which_nothing_was_asked_says_nothing_of_versions(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {80: OLD_NGINX}})
    site.scan(scanning, A)
    before = listed(scanning)
    value = site.scan(scanning, A)

    assert value["findings"] == {"new": 0, "seen": 0, "closed": 0}
    assert listed(scanning) == before


def test_an_open_port_alone_is_enough_to_see_an_exposed_service_again(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {6379: REDIS}})
    runs = [site.scan(scanning, A) for _ in range(2)]

    assert [run["findings"]["seen"] for run in runs] == [0, 1]


def test_two_covering_runs_without_it_close_a_finding(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: NGINX, 6379: REDIS}})
    site.scan(scanning, A)
    made.tell({A: {80: NGINX}})

    states = []
    for _ in range(2):
        site.scan(scanning, A)
        states.append(all_of(scanning)["exposed_service"].state)

    assert states == ["open", "closed"]


@pytest.mark.parametrize("silent", ["filtered", "unfiltered"])
def test_a_port_that_is_filtered_now_is_not_mended(
    scanning: Context, made: Nmap, silent: str
) -> None:
    made.tell({A: {80: NGINX, 6379: REDIS}})
    site.scan(scanning, A)
    made.tell({A: {80: NGINX}}, silent=silent)
    for _ in range(3):
        site.scan(scanning, A)

    assert all_of(scanning)["exposed_service"].state == "open"


def test_a_run_over_other_ports_or_hosts_changes_nothing(scanning: Context, made: Nmap) -> None:
    made.tell({A: {6379: REDIS}})
    site.scan(scanning, A)
    before = listed(scanning)
    made.tell({A: {}, "192.0.2.8": {}})
    for _ in range(3):
        site.scan(scanning, A, ports="22,80")
        site.scan(scanning, "192.0.2.8")

    assert listed(scanning) == before


def test_a_host_that_timed_out_when_asked_covers_nothing(scanning: Context, made: Nmap) -> None:
    made.tell({A: {80: OLD_NGINX}})
    site.scan(scanning, A)
    made.tell({A: {80: NGINX, 443: NGINX}}, slow=True)
    for _ in range(9):
        site.scan(scanning, A)

    assert all_of(scanning)["end_of_life"].last_covered == NOW


def test_a_closed_finding_that_comes_back_is_the_same_with_a_recurrence(
    scanning: Context, made: Nmap
) -> None:
    for ports in ({6379: REDIS}, {80: NGINX}, {80: NGINX}, {6379: REDIS}):
        made.tell({A: ports})
        site.scan(scanning, A)

    found = all_of(scanning)["exposed_service"]
    assert (found.state, found.recurrences, found.first_seen) == ("open", 1, NOW)


def test_a_run_evaluated_twice_changes_nothing_more(scanning: Context, made: Nmap) -> None:
    made.tell({A: {6379: REDIS}})
    run = site.scan(scanning, A)["run"]
    before = listed(scanning)

    evaluate(run, PORTS, scanning)

    assert listed(scanning) == before


def test_an_imported_scan_opens_findings_and_closes_none(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "scan.xml"
    port = f'<port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/>{OLD_NGINX}'
    host = (
        '<host endtime="1773795600"><status state="up" reason="echo-reply"/>'
        f'<address addr="{A}" addrtype="ipv4"/><ports>{port}</port></ports></host>'
    )
    path.write_text(fake_nmap.document(host), encoding="utf-8")

    import_xml(path, context)

    (found,) = listed(context)
    assert (found.check, found.origin) == ("end_of_life", "imported")


def test_what_a_person_decided_is_kept_when_it_is_seen_again() -> None:
    before = finding(state="fixing", grade="low", graded_by="周启明")
    again = finding(last_seen=NOW + timedelta(days=1), grade="high", graded_by="GB/T 30279-2020")

    after = seen(before, again, is_fresh=True)

    assert after is not None
    assert (after.state, after.grade) == ("fixing", "low")


def test_a_false_alarm_is_never_closed_nor_opened_again() -> None:
    before = finding(state="false_positive")

    after = seen(before, finding(last_seen=NOW + timedelta(days=1)), is_fresh=True)

    assert after is not None
    assert after.state == "false_positive"
    assert absent(before, covering(1)) is None


def test_an_older_scan_only_moves_the_first_sight_back() -> None:
    earlier = finding(first_seen=NOW - timedelta(days=9), last_seen=NOW - timedelta(days=9))

    after = seen(finding(), earlier, is_fresh=True)

    assert after is not None
    assert (after.first_seen, after.last_seen) == (NOW - timedelta(days=9), NOW)
    assert seen(finding(), finding(), is_fresh=True) is None


def test_the_second_absence_in_a_row_closes_with_its_reason() -> None:
    once = absent(finding(), covering(1))
    assert once is not None
    twice = absent(once, covering(2))

    assert twice is not None
    assert (once.state, twice.state, twice.reason) == ("open", "closed", "未再发现")
    assert absent(once, covering(1)) is None  # the same run again


def test_findings_are_listed_worst_first_and_by_what_is_asked(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {80: OLD_NGINX, 6379: REDIS}, "192.0.2.8": {80: OLD_NGINX}})
    site.scan(scanning, A, "192.0.2.8")

    assert [each.grade for each in listed(scanning)] == ["high", "medium", "medium"]
    assert len(listed(scanning, grades=["medium"])) == 2
    assert len(listed(scanning, check="end_of_life", address=A)) == 1
    assert listed(scanning, ["closed"]) == []
    assert listed(scanning, unit="lt-unit-none") == []


def test_a_finding_is_shown_whole_and_an_unknown_one_is_one_line(
    scanning: Context, made: Nmap
) -> None:
    made.tell({A: {6379: REDIS}})
    site.scan(scanning, A)
    (found,) = listed(scanning)

    assert view(named(found.id, scanning), DETAILS)["vector"] == found.vector
    with pytest.raises(InputError, match="lt-finding-none: is no finding"):
        named("lt-finding-none", scanning)
