"""A made day on a fake engine and fake records: rows in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from soc.calendar import Calendar
from soc.config import Config, Person, Site
from soc.query import Aggregate, Marks, Select, Window
from soc.records import Author, Record
from soc.records.alert import Alert, Attacker, Victim
from soc.records.block import Block, BlockReason
from soc.records.drill import Drill, Participant
from soc.records.entry import Entry
from soc.records.source import Source
from soc.records.unit import Unit
from soc.store.records import flatten
from soc.where import EVERYTHING, Where
from tests.soc.metrics._engines import STANDING, Rows

if TYPE_CHECKING:
    import pyarrow as pa

    from soc.context import Context

DAY = date(2026, 3, 18)
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
PERIOD = CALENDAR.day(DAY)
AS_OF = datetime(2026, 3, 19, 0, 5, tzinfo=UTC)
AUTHOR = Author(login="tester", host="test")


def at(hour: float, day: date = DAY) -> datetime:
    """An hour of the site's clock."""
    return CALENDAR.midnight(day) + timedelta(hours=hour)


@dataclass
class FakeEngine:
    """Answers from Python rows by the reference meaning of a question.

    Where the tests stand on a real engine, that one is asked about the same rows.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    records: FakeRecords | None = None
    name: str = "fake"

    def __post_init__(self) -> None:
        ask, folder = STANDING.get()
        self.real = ask and ask(Rows(self.rows, folder))

    def add(self, dataset: str, when: datetime, **columns: Any) -> None:
        """One row; ``_`` in a name stands for a dot, ``__`` for an underscore."""
        held = self.rows.setdefault(dataset, [])
        named = {
            key.replace("__", "%").replace("_", ".").replace("%", "_"): value
            for key, value in columns.items()
        }
        held.append(
            {
                "@timestamp": when,
                "event.ingested": when,
                "soc.origin": "live",
                "soc.source_key": 1,
                "soc.record": len(held) + 1,
                "soc.version": len(held),
                **named,
            }
        )

    def select(self, query: Select) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from soc._aggregate import select

        if self.real and not query.dataset.startswith("record."):
            yield from self.real.select(query)
            return
        found = list(select(query, self._of(query.dataset, query.window)))
        yield pa.RecordBatch.from_pylist(found)

    def aggregate(self, query: Aggregate) -> pa.Table:
        import pyarrow as pa

        from soc._aggregate import aggregate

        if self.real and not query.dataset.startswith("record."):
            return self.real.aggregate(query)
        found = aggregate(query, self._of(query.dataset, query.window))
        names = [*(["bucket"] if query.bucket else []), *query.by]
        names += [measure.name for measure in query.measures]
        columns = {name: pa.array([row[name] for row in found]) for name in names}
        return pa.table(columns)

    def _of(self, dataset: str, window: Window | None) -> list[dict[str, Any]]:
        if dataset.startswith("record."):
            held = self.records.find(dataset.removeprefix("record.")) if self.records else ()
            return [dict(flatten(each)) for each in held]
        rows = self.rows.get(dataset, [])
        if window is None:
            return rows
        after, upto = window.after.get("test", -1), window.upto.get("test", -1)
        return [row for row in rows if after < row["soc.version"] <= upto]

    def newest(self, dataset: str) -> Marks:
        rows = self.rows.get(dataset)
        return {"test": len(rows) - 1} if rows else {}

    def window(self, dataset: str, after: Marks) -> Window:
        return Window(after, self.newest(dataset))


@dataclass
class FakeRecords:
    """Records in memory; each change is a revision."""

    held: dict[tuple[str, str], list[Record]] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    def put(self, *records: Record) -> None:
        for record in records:
            history = self.held.setdefault((record.kind, record.id), [])
            history.append(replace(record, revision=len(history) + 1))

    def get(self, kind: str, id: str, *, at: datetime | None = None) -> Record | None:
        known = [r for r in self.held.get((kind, id), []) if at is None or r.at <= at]
        return known[-1] if known else None

    def find(
        self, kind: str, where: Where = EVERYTHING, *, at: datetime | None = None
    ) -> Iterator[Record]:
        from soc._evaluate import matches

        for held_kind, id in sorted(self.held):
            record = self.get(kind, id, at=at) if held_kind == kind else None
            if record and matches(where, dict(flatten(record)), f"record.{kind}"):
                yield record

    def history(self, kind: str, id: str) -> list[Record]:
        return self.held.get((kind, id), [])

    def next_number(self, series: str, year: int) -> int:
        self.numbers[series, year] = self.numbers.get((series, year), 0) + 1
        return self.numbers[series, year]

    def apply(self, changes: Iterable[Any]) -> int:
        new = [change for change in changes if change.id not in self.applied]
        for change in new:
            self.applied.add(change.id)
            self.put(change.record)
        return len(new)


@dataclass
class World:
    """A site: what its engine and records hold, and the context on both."""

    engine: FakeEngine = field(default_factory=FakeEngine)
    records: FakeRecords = field(default_factory=FakeRecords)
    language: str = "zh"
    now: datetime = AS_OF
    home: Any = None

    def __post_init__(self) -> None:
        self.engine.records = self.records

    @property
    def context(self) -> Context:
        site = Site(
            name="澜汀区政务服务和数据管理局",
            code="lt",
            region="澜汀区",
            language=cast("Any", self.language),
        )
        people = {"tester": Person(name="周启明"), "second": Person(name="林若溪")}
        world = SimpleNamespace(
            config=Config(site=site, people=people),
            store=SimpleNamespace(home=self.home, records=self.records),
            engine=self.engine,
            clock=SimpleNamespace(now=lambda: self.now),
            calendar=CALENDAR,
            actor=SimpleNamespace(author=lambda: AUTHOR),
        )
        return cast("Context", world)

    def blocked(self, hour: float, source: str = "203.0.113.7", **columns: Any) -> None:
        """An alert of a device that refused."""
        self.alerted(hour, source, event_type=["denied"], **columns)

    def alerted(self, hour: float, source: str = "203.0.113.7", **columns: Any) -> None:
        """An alert of a device."""
        row = {"event_type": ["allowed"], "rule_id": "2001", "destination_ip": "198.51.100.10"}
        self.engine.add("alert", at(hour), **{"source_ip": source, **row, **columns})

    def live(self, observer: str, hours: Iterable[float], day: date = DAY) -> None:
        """Health rows, one each five minutes of the hours."""
        for hour in hours:
            for bin in range(12):
                when = at(hour, day) + timedelta(minutes=5 * bin)
                self.engine.add("health", when, observer_name=observer, soc_health_live=True)


def alert(number: int, **fields: Any) -> Alert:
    """An alert record, first seen at ten on the day."""
    given: dict[str, Any] = {
        "id": f"lt-alert-{number}",
        "state": "open",
        "at": at(10),
        "author": AUTHOR,
        "rule": "r1",
        "title": "SQL注入尝试",
        "first_seen": at(10),
        "last_seen": at(11),
        "severity": "medium",
        "attackers": (Attacker(address="203.0.113.7"),),
        "victims": (Victim(endpoint="198.51.100.10"),),
    }
    return Alert(**{**given, **fields})


def block(number: int, **fields: Any) -> Block:
    """A block record, proposed at eleven on the day."""
    given: dict[str, Any] = {
        "id": f"lt-block-{number}",
        "state": "proposed",
        "at": at(11),
        "author": AUTHOR,
        "prefix": f"203.0.113.{number}/32",
        "scope": "edge",
        "proposed_by": "tester",
        "reasons": (BlockReason(category="漏洞利用"),),
    }
    return Block(**{**given, **fields})


def source(name: str, **fields: Any) -> Source:
    """A source record in use."""
    given: dict[str, Any] = {
        "id": f"lt-source-{name}",
        "state": "active",
        "at": at(0),
        "author": AUTHOR,
        "name": name,
    }
    return Source(**{**given, **fields})


def unit(id: str, name: str) -> Unit:
    """A unit record."""
    return Unit(id=id, state="active", at=at(0), author=AUTHOR, name=name)


def busy() -> World:
    """A typical day: attacks in the afternoon, an outage at night, alerts, blocks, a scan."""
    world = World()
    world.records.put(
        unit("lt-unit-1", "澜汀区教育局"),
        unit("lt-unit-2", "澜汀区卫生健康局"),
        source("edge-flow", role="egress", type="exporter"),
        source("waf-1", type="log"),
        source("scan-1", type="scanner", prefixes=("198.51.100.250/32",)),
    )
    _attacks(world)
    for day in (DAY - timedelta(days=1), DAY):
        world.live("waf-1", range(24), day)
    world.live("edge-flow", range(24), DAY - timedelta(days=1))
    world.live("edge-flow", (*range(2), *range(5, 24)))
    for place in range(300):
        kind = "ipv6" if place % 10 < 3 else "ipv4"
        world.engine.add(
            "flow",
            at(place % 24),
            observer_name="edge-flow",
            network_type=kind,
            network_bytes=9_000_000,
        )
    _records(world)
    for host, said in ((10, "up"), (11, "up"), (12, "down"), (13, "unknown")):
        world.engine.add("scan", at(14), destination_ip=f"198.51.100.{host}", soc_scan_host=said)
    return world


def drill(number: int, **fields: Any) -> Drill:
    """A drill record: the day from eight to six, one registered source, one target."""
    given: dict[str, Any] = {
        "id": f"lt-drill-{number}",
        "no": f"YL-2026-{number:03}",
        "state": "running",
        "at": at(8),
        "author": AUTHOR,
        "name": "听潮-2026",
        "year": 2026,
        "start": at(8),
        "end": at(18),
        "attack_sources": ("192.0.2.0/28",),
        "targets": ("198.51.100.10",),
    }
    return Drill(**{**given, **fields})


def entry(drill_id: str, hour: float, text: str, **fields: Any) -> Entry:
    """A line of the log of a drill."""
    given: dict[str, Any] = {
        "id": f"lt-entry-{drill_id}-{hour}",
        "state": "kept",
        "at": at(hour),
        "author": AUTHOR,
        "about": drill_id,
        "happened_at": at(hour),
        "text": text,
    }
    return Entry(**{**given, **fields})


def drilled() -> World:
    """The busy day with a drill: one alert judged and contained, a log, a problem."""
    world = busy()
    world.records.put(
        drill(
            1,
            level="city",
            type="attack_defence",
            organiser="滨海市委网信办",
            our_role="defender",
            participants=(Participant(unit="lt-unit-1", role="defender"),),
        ),
        entry("lt-drill-1", 8.5, "监测组到岗", stage="prepare"),
        entry("lt-drill-1", 10.5, "确认为后门上传", stage="judge", evidence=("lt-evidence-1",)),
        entry("lt-drill-1", 12, "教育局报名系统口令过弱", stage="problem"),
    )
    world.blocked(9, "192.0.2.5")
    found = alert(
        40,
        severity="high",
        result="succeeded",
        title="后门上传",
        first_seen=at(9),
        at=at(9.1),
        attackers=(Attacker(address="192.0.2.5"),),
        victims=(Victim(endpoint="198.51.100.10:443", unit="lt-unit-1"),),
    )
    closing = {"state": "closed", "verdict": "attack", "judged_at": at(10.1), "at": at(10.1)}
    world.records.put(found, replace(found, **cast("Any", closing)))
    stopped = block(90, prefix="192.0.2.5/32", at=at(9.5))
    approved = {"approved_by": "second", "approved_at": at(9.6), "at": at(9.6)}
    world.records.put(
        stopped,
        replace(stopped, state="exported", effective_at=at(9.7), **cast("Any", approved)),
    )
    return world


def _attacks(world: World) -> None:
    for place in range(240):
        hour = 13 + (place % 48) / 12 if place % 3 else place % 24
        units = ("lt-unit-1", "lt-unit-2", None)
        world.blocked(
            hour,
            f"203.0.113.{place % 14 + 1}",
            destination_ip=f"198.51.100.{place % 5}",
            soc_destination_unit=units[place % 3],
        )
    for place in range(20):
        world.alerted(
            15 + place / 10,
            f"2001:db8::{place % 4 + 1:x}",
            destination_ip="2001:db8:1::10",
            soc_destination_unit="lt-unit-1",
        )
    for place in range(60):
        day = DAY - timedelta(days=1)
        world.engine.add(
            "alert",
            at(place % 24, day),
            source_ip=f"203.0.113.{place % 9}",
            destination_ip="198.51.100.10",
            rule_id="2001",
            event_type=["denied"],
        )
    for place in range(5):
        world.engine.add("match", at(10), soc_match_key=f"r1-{place}")


def _records(world: World) -> None:
    levels = ("critical", "high", "medium", "low")
    for place in range(13):
        world.records.put(
            alert(
                place,
                severity=levels[place % 4],
                count=40 - place,
                title=("SQL注入尝试", "扫描探测", "口令暴力破解")[place % 3],
            )
        )
    world.records.put(
        alert(20, severity="high", result="succeeded", title="后门回连 http://evil.example/x"),
        alert(21, state="closed", verdict="false_positive", judged_at=at(17), at=at(17)),
    )
    for place in range(1, 8):
        proposed = block(place)
        world.records.put(proposed)
        if place < 6:
            world.records.put(
                replace(
                    proposed,
                    state="exported",
                    approved_by="second",
                    approved_at=at(12),
                    at=at(12),
                    expires_at=at(24 * 30),
                )
            )
