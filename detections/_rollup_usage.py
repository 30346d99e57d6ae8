"""Use of registered endpoints by day: who called, who was answered, and what was taken out.

Routers export one row a direction, and two routers one conversation each: calls and answers
are counted by client and endpoint at the observer that saw most of them. Whose calls are no use
is taken out and counted apart. The counting is done by the engine and by Arrow; no row is
looked at alone, but for those of what may be a health check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

from detections._behaviour_flow import CLIENT_SIDE, REFUSED, SERVICE_PORTS, TALKED
from detections._rollup_asked import CALLING, KEYS, Asked, RollupSettings
from detections._rollup_checks import BY, MEASURES
from detections._rollup_coverage import coverage_of
from detections._rollup_endpoints import Place, places
from detections._rollup_removed import WHYS, is_chatter, whys
from soc.where import All, In, Not, Range, Some, Where

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context

MOST_NAMED = 16  # clients of a day that a row names; more are above every threshold
_PLACE = ("day", "zone", "ip")
_SERVICE = (*_PLACE, "port", "transport")
_ADDED = ("flows", "removed", *(name for name in WHYS if name != "scanners"), "answered", "bytes")
_COUNTED = ("clients", *_ADDED)
_ANSWER_SIDE: Where = All(
    (Range("source.port", low=1, high=SERVICE_PORTS), Range("destination.port", low=1_024))
)


def usage_rows(
    days: Sequence[date], origins: tuple[str, ...], context: Context
) -> Iterator[dict[str, Any]]:
    """One row an endpoint in use and day, quiet ones too."""
    found = places(context)
    if not found.all:
        return
    settings = context.config.plugin("detections.rollup", RollupSettings)
    period = context.calendar.days(days[0], days[-1])
    asked = Asked(period, origins, found, settings, context)
    pairs, met = _pairs(asked)
    with_port, without = _both(pairs)
    outbound = _outbound(asked)
    covered = coverage_of(days, found, met, context)
    for day in days:
        start = context.calendar.day(day).start
        for place in found.all:
            tally = _tally(place, start, with_port, without)
            yield _row(place, day, tally, asked) | {
                "soc.usage.outbound": outbound.get((start, place.zone or "", place.ip), 0),
                "soc.usage.coverage": covered[day, place],
            }


_Tally = Mapping[str, Any]  # numbers by name; ``callers``: the clients, None for too many
_Sums = Mapping[tuple[Any, ...], _Tally]
_NOTHING: _Tally = dict.fromkeys(_COUNTED, 0) | {"callers": frozenset()}


def _tally(place: Place, start: Any, with_port: _Sums, without: _Sums) -> _Tally:
    at = (start, place.zone or "", place.ip)
    if place.port is None:
        return without.get(at, _NOTHING)
    if place.transport is not None:
        return with_port.get((*at, place.port, place.transport), _NOTHING)
    spoken = (with_port.get((*at, place.port, each), _NOTHING) for each in ("tcp", "udp"))
    return reduce(_together, spoken)


def _together(one: _Tally, other: _Tally) -> _Tally:
    """The sum; clients that both name are one."""
    summed = {name: one[name] + other[name] for name in _COUNTED}
    if one["callers"] is None or other["callers"] is None:
        return summed | {"callers": None}
    callers = one["callers"] | other["callers"]
    return summed | {"clients": len(callers), "callers": callers}


def _row(place: Place, day: date, tally: _Tally, asked: Asked) -> dict[str, Any]:
    parts = (day.isoformat(), place.zone or "", place.ip, place.port or "", place.transport or "")
    origin = "live" if "live" in asked.origins else asked.origins[0]
    return {
        "@timestamp": asked.context.calendar.day(day).start,
        "event.module": "rollup",
        "soc.origin": origin,
        "soc.usage.key": "|".join(map(str, (origin, *parts))),
        "soc.usage.day": day.isoformat(),
        "soc.usage.zone": place.zone,
        "soc.usage.ip": place.ip,
        "soc.usage.port": place.port,
        "soc.usage.transport": place.transport,
        **{f"soc.usage.{name}": tally[name] for name in _COUNTED},
        "soc.usage.callers": _listed(tally["callers"]),
    }


def _listed(callers: frozenset[str] | None) -> list[str] | None:
    return sorted(callers) if callers and len(callers) <= MOST_NAMED else None


def _pairs(asked: Asked) -> tuple[pa.Table, frozenset[tuple[str, str]]]:
    """One row a day, endpoint and client: calls, answered ones, bytes, and why it is taken out.

    And in which zones each observer saw registered endpoints at all.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    calls = asked.calls()
    answers = asked.where(
        asked.near("source.ip"),
        Some((In("source.port", asked.places.ports), _ANSWER_SIDE)),
        Not(REFUSED),
    )
    back = (*CALLING, "network.transport", "destination.ip")
    called_by = asked.aggregate(BY, calls, measures=MEASURES)
    replied_by = asked.aggregate(back, answers)
    spoke = _best(asked.aggregate(BY, All((calls, TALKED))), BY, ("n",), asked)
    replied = _best(replied_by, back, ("n", "bytes"), asked)
    table = _best(called_by, BY, ("n", "bytes"), asked)
    for more, names in ((spoke, ("spoke",)), (replied, ("replied", "back"))):
        table = table.join(more.rename_columns([*KEYS, *names]), list(KEYS), join_type="left outer")
    n, spoken, told, back_bytes = (
        pc.fill_null(table[name], 0) for name in ("n", "spoke", "replied", "back")
    )
    pairs = {name: table[name] for name in KEYS} | {
        "flows": n,
        "answered": pc.min_element_wise(n, pc.max_element_wise(spoken, told)),
        "bytes": pc.add(pc.fill_null(table["bytes"], 0), back_bytes),
        "why": whys(table, called_by, asked),
    }
    met = _met(called_by, BY, asked) | _met(replied_by, back, asked)
    return pa.table(pairs), met


def _met(table: pa.Table, by: tuple[str, ...], asked: Asked) -> frozenset[tuple[str, str]]:
    """Observer and zone, wherever one saw a registered endpoint of the zone."""
    import pyarrow as pa

    columns = {"observer": table["observer.name"], "zone": asked.keyed(table, by)["zone"]}
    found = pa.table(columns).group_by(["observer", "zone"]).aggregate([]).to_pylist()
    return frozenset((row["observer"] or "", row["zone"]) for row in found)


def _best(
    table: pa.Table, by: tuple[str, ...], measures: tuple[str, ...], asked: Asked
) -> pa.Table:
    """The groups without their observer: of each the most that one observer counted."""
    import pyarrow as pa

    columns = asked.keyed(table, by) | {name: table[name] for name in measures}
    grouped = pa.table(columns).group_by(list(KEYS))
    found = grouped.aggregate([(name, "max") for name in measures])
    return found.select([*KEYS, *(f"{name}_max" for name in measures)]).rename_columns(
        [*KEYS, *measures]
    )


def _both(pairs: pa.Table) -> tuple[_Sums, _Sums]:
    """What endpoints with a port came to, and what whole addresses did, less their chatter."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with_port = _counted(pairs, pairs["why"])
    nothing, chatter = pa.scalar(None, pa.string()), pa.scalar("chatter", pa.string())
    more = pc.if_else(is_chatter(with_port), chatter, nothing)
    without = _counted(pairs, pc.coalesce(pairs["why"], more))
    return _summed(with_port, _SERVICE), _summed(without, _PLACE)


def _counted(pairs: pa.Table, why: pa.Array) -> pa.Table:
    """The pairs with what counts, what was taken out and why, and the client where one counts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def only(column: str, which: pa.Array) -> pa.Array:
        return pc.multiply(pairs[column], pc.cast(pc.fill_null(which, False), pa.int64()))

    is_kept = pc.is_null(why)
    is_client = pc.and_(is_kept, pc.greater(pairs["answered"], 0))
    named = {name: only("flows", pc.equal(why, name)) for name in WHYS if name != "scanners"}
    return pa.table(
        {
            **{name: pairs[name] for name in KEYS},
            "flows": pairs["flows"],
            "removed": only("flows", pc.invert(is_kept)),
            **named,
            "answered": only("answered", is_kept),
            "bytes": only("bytes", is_kept),
            "who": pc.if_else(is_client, pairs["client"], pa.scalar(None, pa.string())),
        }
    )


def _summed(pairs: pa.Table, keys: tuple[str, ...]) -> _Sums:
    """What every endpoint of these keys came to."""
    import pyarrow.compute as pc

    grouped = pairs.group_by(list(keys)).aggregate(
        [
            *((name, "sum") for name in _ADDED),
            ("who", "count_distinct", pc.CountOptions(mode="only_valid")),
        ]
    )
    grouped = grouped.rename_columns([*keys, *_ADDED, "clients"])
    callers = _callers(pairs, grouped.filter(pc.less_equal(grouped["clients"], MOST_NAMED)), keys)
    found: dict[tuple[Any, ...], _Tally] = {}
    for row in grouped.to_pylist():
        at = tuple(row[key] for key in keys)
        named = callers.get(at, frozenset()) if row["clients"] <= MOST_NAMED else None
        found[at] = {name: row[name] or 0 for name in _COUNTED} | {"callers": named}
    return found


def _callers(
    pairs: pa.Table, few: pa.Table, keys: tuple[str, ...]
) -> dict[tuple[Any, ...], frozenset[str]]:
    """The clients of the endpoints that have few of them."""
    import pyarrow.compute as pc

    named = pairs.filter(pc.is_valid(pairs["who"])).group_by([*keys, "who"]).aggregate([])
    kept = named.join(few.select(list(keys)), list(keys), join_type="inner")
    lists = kept.group_by(list(keys)).aggregate([("who", "list")]).to_pylist()
    return {tuple(row[key] for key in keys): frozenset(row["who_list"]) for row in lists}


def _outbound(asked: Asked) -> dict[tuple[Any, ...], int]:
    """Flows that each registered address began, by day and zone."""
    found = asked.aggregate(
        ("soc.source.zone", "source.ip"), asked.where(asked.near("source.ip"), CLIENT_SIDE)
    )
    zones = asked.places.attributed(found["soc.source.zone"], found["source.ip"]).to_pylist()
    most: dict[tuple[Any, ...], int] = {}
    for row, zone in zip(found.to_pylist(), zones, strict=True):
        key = (row["bucket"], zone, row["source.ip"])
        most[key] = max(most.get(key, 0), row["n"])
    return most
