from __future__ import annotations

from collections.abc import Mapping

import pytest

from scanners._coverage import best, by_unit, coverage, month
from soc.context import Context
from soc.errors import InputError
from soc.records.scan import TargetOutcome
from tests.scanners import site
from tests.scanners.site import NGINX, Nmap


def outcome(target: str, outcome: str, reason: str | None = None) -> TargetOutcome:
    return TargetOutcome(target=target, outcome=outcome, reason=reason, unit="u")


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([outcome("a", "up")], None),
        ([outcome("a", "unknown", "timedout")], "timedout"),
        ([outcome("a", "unknown", "timedout"), outcome("a", "up")], None),
        ([outcome("a", "up"), outcome("a", "unknown", "timedout")], None),
        ([outcome("a", "unknown", "not_reached"), outcome("a", "unknown", "timedout")], "timedout"),
        ([outcome("a", "refused", "outside")], "outside"),
    ],
)
def test_an_address_measured_once_in_the_month_is_done(
    outcomes: list[TargetOutcome], reason: str | None
) -> None:
    assert best(outcomes) == {"a": ("u", reason)}


def test_what_was_planned_is_done_or_unknown() -> None:
    units = by_unit({"a": ("u", None), "b": ("u", "timedout"), "c": (None, "outside")})

    for part in units.values():
        assert part.planned == part.done + sum(part.unknown.values())


def test_each_unit_has_its_own_line_with_reasons(scanning: Context, made: Nmap) -> None:
    first, second = (site.unit(scanning, name) for name in ("甲", "乙"))
    for address, unit in (("192.0.2.1", first), ("192.0.2.2", first), ("192.0.2.3", second)):
        site.asset(scanning, address, unit=unit)
    site.asset(scanning, "198.51.100.1", unit=second)
    made.tell({"192.0.2.1": {80: NGINX}})
    context = site.opened(scanning)
    context.jobs.run("scan monthly", {"ports": "80"}, context)

    told = coverage("2026-03", context)

    lines: dict[str, Mapping[str, object]] = {line["name"]: line for line in told["units"]}
    assert lines["甲"]["reasons"] == {"not_reached": 1}
    assert (lines["甲"]["planned"], lines["甲"]["done"], lines["甲"]["coverage"]) == (2, 1, 0.5)
    assert lines["乙"]["reasons"] == {"not_reached": 1, "outside": 1}
    assert (told["total"]["planned"], told["total"]["done"], told["runs"]) == (4, 1, 1)


def test_what_no_run_of_the_month_planned_is_told(scanning: Context) -> None:
    site.asset(scanning, "192.0.2.1")

    told = coverage("", scanning)

    assert (told["month"], told["total"]["reasons"]) == ("2026-03", {"not_planned": 1})


def test_a_suspect_run_covers_nothing(scanning: Context, made: Nmap) -> None:
    hosts = [f"192.0.2.{n}" for n in range(1, 5)]
    made.tell({a: {80: NGINX} for a in hosts})
    scanning.clock.advance(days=-20)  # type: ignore[attr-defined]
    site.scan(scanning, *hosts)
    scanning.clock.advance(days=19)  # type: ignore[attr-defined]
    made.tell({hosts[0]: {80: NGINX}})
    site.scan(scanning, *hosts)

    told = coverage("2026-03", scanning)

    assert len(told["suspect_runs"]) == 1
    assert (told["total"]["done"], told["total"]["reasons"]) == (0, {"suspect": 4})


def test_prefixes_are_done_once_a_run_over_them_ended_whole(scanning: Context, made: Nmap) -> None:
    made.tell({"192.0.2.1": {80: NGINX}})
    site.scan(scanning, "192.0.2.0/28", "192.0.2.64/28")

    assert coverage("2026-03", scanning)["networks"] == {"planned": 2, "done": 2}


@pytest.mark.parametrize("text", ["2026", "2026-13", "03-2026", "2026-3"])
def test_a_month_that_is_none_is_one_line(scanning: Context, text: str) -> None:
    with pytest.raises(InputError, match="is no month; write 2026-03"):
        month(text, scanning)
