from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from scanners._plan import Plan, planned, registered
from scanners._plans import class_day, daily, every_port, is_key, monthly, sample, weekly
from soc.context import Context
from soc.net import covers, merge, network
from soc.records.finding import Finding
from soc.records.system import Mlps
from soc.register import put_zone
from soc.store import Change
from tests.scanners import site
from tests.scanners.site import AUTHOR, NGINX, NOW, Nmap

DAY = date(2026, 3, 18)  # a Wednesday


def chosen(plan: Plan) -> list[str]:
    return sorted(str(target.network) for target in plan.targets)


def test_every_day_takes_what_is_important_exposed_or_has_findings(scanning: Context) -> None:
    graded = site.system(scanning, "三级系统", mlps=Mlps(level=3))
    second = site.system(scanning, "二级系统", mlps=Mlps(level=2))
    shown = site.system(scanning, "网站", exposure="internet")
    put_zone("互联网区", ["192.0.2.128/28"], scanning, type="internet")
    site.asset(scanning, "192.0.2.1", importance="非常重要")
    site.asset(scanning, "192.0.2.2", systems=(graded,))
    site.asset(scanning, "192.0.2.3", systems=(second,), importance="一般")
    site.asset(scanning, "192.0.2.4", systems=(shown,))
    site.asset(scanning, "192.0.2.130", zone="互联网区")
    site.asset(scanning, "192.0.2.6")
    _finding(scanning, "192.0.2.6", "open")
    site.asset(scanning, "192.0.2.7")
    _finding(scanning, "192.0.2.7", "closed")

    plan = daily(DAY, scanning)

    assert chosen(plan) == ["192.0.2.1", "192.0.2.130", "192.0.2.2", "192.0.2.4", "192.0.2.6"]
    assert plan.why == {"important": 2, "exposed": 2, "findings": 1}


def _finding(context: Context, address: str, state: str) -> None:
    record = Finding(
        id=Finding.key("lt", "end_of_life", None, address),
        state=state,
        at=NOW,
        author=AUTHOR,
        check="end_of_life",
        title="x",
        address=address,
        first_seen=NOW,
        last_seen=NOW,
    )
    context.store.records.apply([Change(record.id, record)])


def test_every_day_takes_what_began_or_changed_since_yesterday(
    scanning: Context, made: Nmap
) -> None:
    site.asset(scanning, "192.0.2.1", start=DAY - timedelta(days=1))
    site.asset(scanning, "192.0.2.2", start=DAY - timedelta(days=2))
    site.asset(scanning, "192.0.2.7")
    site.asset(scanning, "192.0.2.8")
    made.tell({"192.0.2.7": {80: NGINX}, "192.0.2.8": {80: NGINX}})
    site.scan(scanning, "192.0.2.7", "192.0.2.8")
    made.tell({"192.0.2.7": {80: NGINX, 443: NGINX}, "192.0.2.8": {80: NGINX}})
    site.scan(scanning, "192.0.2.7", "192.0.2.8")

    plan = daily(DAY + timedelta(days=2), scanning)

    assert chosen(plan) == ["192.0.2.7"]
    assert chosen(daily(DAY, scanning)) == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("importance", "is_so"),
    [("重要", True), ("核心系统", True), ("High", True), ("一般", False), ("非重要", False)],
)
def test_importance_is_read_in_the_words_of_the_ledger(importance: str, is_so: bool) -> None:
    assert is_key(importance) is is_so


def test_every_week_takes_one_class_whole_and_a_share_of_every_unit(scanning: Context) -> None:
    units = [site.unit(scanning, name) for name in ("a", "b")]
    for number in range(1, 41):
        kind = "server" if number % 4 else "network"
        site.asset(scanning, f"192.0.2.{number}", type=kind, unit=units[number % 2])

    tuesday = weekly(date(2026, 3, 17), 0.1, scanning)

    whole = {f"192.0.2.{n}" for n in range(4, 41, 4)}
    assert whole <= set(chosen(tuesday))
    rest = [int(a.rpartition(".")[2]) for a in set(chosen(tuesday)) - whole]
    assert Counter(n % 2 for n in rest) == {0: 1, 1: 2}  # 10 and 20 of the rest, rounded up
    assert tuesday.why == {"class": 10, "sample": 3}


def test_a_draw_hangs_on_its_date_only(scanning: Context) -> None:
    for number in range(1, 61):
        site.asset(scanning, f"192.0.2.{number}")
    places = registered(scanning)

    first = sample(places, 0.15, "2026-03-18")

    assert sample(list(reversed(places)), 0.15, "2026-03-18") == first
    assert sample(places, 0.15, "2026-03-19") != first
    assert len(first) == 9


def test_every_class_has_its_day_and_the_rest_is_on_sunday(scanning: Context) -> None:
    site.asset(scanning, "192.0.2.1", type="server")
    site.asset(scanning, "192.0.2.2", type="server", scan_class="数据库")
    site.asset(scanning, "192.0.2.3", type="iot")
    site.asset(scanning, "192.0.2.4", scan_class="其他")
    site.asset(scanning, "192.0.2.5")

    assert [class_day(place) for place in registered(scanning)] == [0, 2, 5, 6, 6]


def test_every_month_takes_all_endpoints_and_all_prefixes_in_the_scope(scanning: Context) -> None:
    put_zone("公用网络区", ["192.0.2.0/24", "198.18.0.0/16"], scanning)
    site.asset(scanning, "192.0.2.7")
    site.asset(scanning, "198.18.0.7")
    site.asset(scanning, "192.0.2.9", scan_policy="不扫描")

    plan = monthly(DAY, scanning)

    covered = [target.network for target in plan.targets]
    assert network("192.0.2.7") in covered
    assert [n for n in range(256) if not covers(merge(covered), network(f"192.0.2.{n}"))] == [9]
    assert plan.outside == ("198.18.0.7", "198.18.0.0/16")
    assert plan.excluded == ("192.0.2.9",)


def test_what_is_never_to_be_scanned_is_not_even_when_it_is_named(scanning: Context) -> None:
    site.asset(scanning, "192.0.2.9", scan_policy="never")

    plan = planned(["192.0.2.9", "192.0.2.8/31"], scanning)

    assert chosen(plan) == ["192.0.2.8"]
    assert plan.excluded == ("192.0.2.9",)


def test_the_sample_of_every_port_draws_other_hosts_in_another_month(scanning: Context) -> None:
    for number in range(1, 41):
        site.asset(scanning, f"192.0.2.{number}")
    context = site.opened(scanning)

    drawn = [
        {str(target.network) for target in every_port(day, 0.1, context).targets}
        for day in (date(2026, 3, 2), date(2026, 3, 30), date(2026, 4, 2))
    ]

    assert [len(each) for each in drawn] == [4, 4, 4]
    assert drawn[0] == drawn[1] != drawn[2]
