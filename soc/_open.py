"""Opens a context: the one place where the kernel's parts are put together."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from soc.context import Clock, Context
from soc.errors import StoreError
from soc.progress import Progress, Silent

if TYPE_CHECKING:
    from pathlib import Path

    from soc.actor import Actor
    from soc.audit import Audit
    from soc.config import Config
    from soc.jobs import Job
    from soc.records import Through
    from soc.store import Records
    from soc.store.duckdb import DuckEngine
    from soc.store.elastic import ElasticEngine
    from soc.store.elastic_records import ElasticRecords
    from soc.store.log import DeltaLog
    from soc.store.sqlite import SqliteRecords


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@contextmanager
def open_context(
    config: Config,
    jobs: tuple[Job, ...],
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
    actor: Actor | None = None,
    through: Through = "cli",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Context]:
    """A context on the site's home, closed at the end of the block.

    Raises:
        StoreError: the home cannot be made or opened.
    """
    from soc._runner import JobRunner
    from soc.actor import Actor as ActorType
    from soc.audit import Audit
    from soc.calendar import Calendar
    from soc.estate import Estate
    from soc.scope import Scope
    from soc.store import Store
    from soc.store.log import DeltaLog

    environment = os.environ if environment is None else environment
    clock = clock or SystemClock()
    home, host = config.home, socket.gethostname()
    with _shared(home), ExitStack() as parts:
        prepared(home)
        audit = Audit(home / "audit" / f"{host}.ndjson")
        records = parts.enter_context(closing(_records(config, audit, host, clock, environment)))
        log = DeltaLog(home, host, clock)
        engine = parts.enter_context(closing(_engine(config, log, records, environment)))
        estate = Estate.read(records, days=ZoneInfo(config.site.time_zone))
        yield Context(
            config=config,
            store=Store(home=home, log=log, records=records, audit=audit),
            engine=engine,
            clock=clock,
            calendar=Calendar(ZoneInfo(config.site.time_zone)),
            actor=actor or ActorType.current(config.people, environment, through),
            estate=estate,
            scope=Scope.of(config, estate, records, clock.now()),
            jobs=JobRunner(jobs),
            progress=progress or Silent(),
            environment=environment,
        )


@contextmanager
def _shared(home: Path) -> Iterator[None]:
    """While the block runs, what is made is the group's to write too, where the home is a group's.

    A site's folder bears the set-group-id bit: its people, two of whom each block needs, write
    into the same log and records, whatever the umask of the one who came first.
    """
    if not _is_of_a_group(home):
        yield
        return
    before = os.umask(0o007)
    try:
        yield
    finally:
        os.umask(before)


def _is_of_a_group(home: Path) -> bool:
    try:
        return bool(home.stat().st_mode & stat.S_ISGID)
    except OSError:  # not there yet, or not ours: ``prepared`` tells
        return False


def _records(
    config: Config, audit: Audit, host: str, clock: Clock, environment: Mapping[str, str]
) -> SqliteRecords | ElasticRecords:
    """The store of records that ``[store] records`` names; only its library is imported."""
    if config.store.records == "elasticsearch":
        from soc.store.elastic_records import opened_records

        return opened_records(config.elasticsearch, audit, host, clock, environment)
    from soc.store.sqlite import SqliteRecords

    return SqliteRecords(config.home / "state" / "records.sqlite", audit, host, clock)


def _engine(
    config: Config, log: DeltaLog, records: Records, environment: Mapping[str, str]
) -> DuckEngine | ElasticEngine:
    """The engine that ``[store] engine`` names; only its library is imported."""
    if config.store.engine == "elasticsearch":
        from soc.store.elastic import opened

        return opened(config.elasticsearch, records, environment)
    from soc.store.duckdb import DuckEngine

    return DuckEngine(log, records, config.store.memory_limit, config.store.threads)


def refreshed(context: Context) -> Context:
    """The same context after the ledger, the authorisations or the drills changed."""
    from soc.estate import Estate
    from soc.scope import Scope

    estate = Estate.read(context.store.records, days=context.calendar.zone)
    now = context.clock.now()
    scope = Scope.of(context.config, estate, context.store.records, now)
    return replace(context, estate=estate, scope=scope)


def prepared(home: Path) -> Path:
    """The home with its folders, readable by its group only.

    Raises:
        StoreError: it cannot be made or written.
    """
    try:
        home.mkdir(mode=0o2770, parents=True, exist_ok=True)
        for name in ("log", "state", "audit", "evidence", "rules"):
            (home / name).mkdir(mode=0o2770, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{home}: {error.strerror}; set SOC_HOME to a folder of yours") from error
    return home
