"""Facts of all systems: a handful of questions, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from detections import _zombies_scans as scans
from detections import _zombies_window as days
from detections._behaviour_flow import REFUSED, SERVICE_PORTS, TALKED
from detections._zombies_facts import Daily, Look, SystemFacts
from detections._zombies_front import Stand, fronts
from detections._zombies_ledger import Registered, registered
from detections._zombies_pages import unchanged_since
from detections._zombies_usage import daily
from soc.errors import InputError
from soc.net import address
from soc.query import Aggregate, Measure
from soc.where import All, In, Not, Range, Where

if TYPE_CHECKING:
    from detections._zombies_settings import ZombieSettings
    from soc.context import Context
    from soc.net import Lookup

_ANSWERED_DAYS = 30
_NAMED = 2_000  # addresses that one question names
_NAMES_DAYS = 30


def facts_of_all(
    today: date, origins: tuple[str, ...], settings: ZombieSettings, context: Context
) -> Iterator[SystemFacts]:
    """The facts of every system of the ledger, by id."""
    systems = registered(context)
    use = daily(systems, today, origins, settings, context)
    seen = scans.read(today, settings, context)
    trusted = scans.believed(seen, _units(systems))
    answered = _answered(systems, today, origins, context)
    unresolved = _unresolved(systems, today, context)
    before = fronts(_stands(systems, use, today, settings))
    for one, each in zip(systems, use, strict=True):
        looks = scans.looks(one, seen, trusted, context.estate.private, context)
        ended = scans.certificate_ended_on(one, seen, context.clock.now())
        domain = next((name for name in one.system.domains if name in unresolved), None)
        made = _facts(one, each, looks, ended, domain, answered.get(one.system.id))
        since = unchanged_since(one, seen, today, context)
        yield replace(made, front=before.get(one.system.id), page_unchanged_since=since)


def _stands(
    systems: Sequence[Registered], use: Sequence[Daily], today: date, settings: ZombieSettings
) -> Iterator[Stand]:
    for one, each in zip(systems, use, strict=True):
        seen = days.used(each, days.observed(each, today, settings), today, settings)
        addresses = frozenset(place.ip for place in one.places)
        yield Stand(one.system.id, one.system.name, addresses, seen.callers, seen.clients)


def _facts(
    one: Registered,
    use: Daily,
    looks: tuple[Look, ...],
    ended: date | None,
    domain: str | None,
    answered_on: date | None,
) -> SystemFacts:
    system = one.system
    old = next((f.title for f in one.findings if f.check == "end_of_life"), None)
    return SystemFacts(
        id=system.id,
        name=system.name,
        daily=use,
        unit=system.unit,
        state=system.state,
        excluded=one.excluded,
        looks=looks,
        certificate_ended_on=ended,
        end_of_life=old,
        domain=domain,
        has_owner=one.has_owner,
        lacks_filing=one.lacks_filing,
        maintained_on=one.maintained_on,
        online_on=system.online_on,
        retire_on=system.retire_on,
        declared=one.declared,
        answered_on=answered_on,
    )


def _units(systems: Iterable[Registered]) -> dict[str, str | None]:
    return {place.ip: one.system.unit for one in systems for place in one.places}


def _answered(
    systems: Sequence[Registered], today: date, origins: tuple[str, ...], context: Context
) -> dict[str, date]:
    """When a system that is off by the ledger last answered somebody who is no scanner of ours."""
    from detections.alerts import silences

    off = [one for one in systems if one.system.state == "retired" and not one.excluded]
    places = {place.ip: (one.system.id, place) for one in off for place in one.places}
    scanners = silences(context).scanners if places else None
    found: dict[str, date] = {}
    for ip, port, zone, client, day in _flows(sorted(places), today, origins, context):
        id, place = places[ip]
        is_there = place.zone is None or zone in (None, place.zone)
        is_port = place.port in (None, port)
        if is_there and is_port and scanners is not None and not _is_in(scanners, client):
            found[id] = max(day, found.get(id, day))
    return found


def _flows(
    addresses: Sequence[str], today: date, origins: tuple[str, ...], context: Context
) -> Iterator[tuple[str, int, str | None, str, date]]:
    """Answers of these addresses: service, port, zone, client, day; of either direction's rows."""
    service = Range("source.port", low=1, high=SERVICE_PORTS)
    sides: tuple[tuple[str, str, Where], ...] = (
        (
            "source",
            "destination",
            All((service, Range("destination.port", low=1_024), Not(REFUSED))),
        ),
        ("destination", "source", TALKED),
    )
    period = context.calendar.days(today - timedelta(days=_ANSWERED_DAYS), today)
    for start in range(0, len(addresses), _NAMED):
        chunk = tuple(addresses[start : start + _NAMED])
        for own, other, where in sides:
            by = (f"{own}.ip", f"{own}.port", f"soc.{own}.zone", f"{other}.ip")
            query = Aggregate(
                "flow",
                (Measure("at", "max", "@timestamp"),),
                by,
                where=All((In("soc.origin", origins), In(f"{own}.ip", chunk), where)),
                period=period,
            )
            for row in context.engine.aggregate(query).to_pylist():
                day = context.calendar.date_of(row["at"])
                yield (*(row[name] for name in by), day)


def _is_in(known: Lookup[str], text: str | None) -> bool:
    try:
        return text is not None and known.get(address(text)) is not None
    except InputError:
        return False


def _unresolved(systems: Iterable[Registered], today: date, context: Context) -> set[str]:
    """Registered names that were asked for in the last days, and never found."""
    names = sorted({name for one in systems for name in one.system.domains})
    period = context.calendar.days(today - timedelta(days=_NAMES_DAYS), today)
    codes: dict[str, set[str]] = {}
    for start in range(0, len(names), _NAMED):
        query = Aggregate(
            "dns",
            (Measure("n", "count"),),
            ("dns.question.name", "dns.response_code"),
            where=In("dns.question.name", tuple(names[start : start + _NAMED])),
            period=period,
        )
        for row in context.engine.aggregate(query).to_pylist():
            if row["dns.response_code"]:
                name = row["dns.question.name"].lower().rstrip(".")
                codes.setdefault(name, set()).add(row["dns.response_code"])
    return {name for name, held in codes.items() if held == {"NXDOMAIN"}}
