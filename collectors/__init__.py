"""Telemetry and ledgers in: one module a format.

A collector turns the bytes of one format into event batches or record changes. It holds no
state between runs: what it needs again (a position, templates) is kept by the store. Copy
``collectors/suricata.py`` to write a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import Field

from soc.batch import Batch
from soc.config import Settings
from soc.jobs import Job, Outcome, Params
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context

Origin = Literal["live", "imported", "manual", "simulated"]


class FileSettings(Settings):
    """What every collector of files is told; a plug-in's ``Settings`` extends it."""

    type: str | None = Field(
        default=None, description="Collector that reads it; none: the name of the table"
    )
    paths: tuple[Path, ...] = Field(default=(), description="Files to read, in this order")
    observer: str | None = Field(
        default=None, description="Name of the data source; none: the collector names it"
    )
    zone: str | None = Field(default=None, description="Zone of the addresses in it")
    origin: Origin = Field(default="imported", description="live, imported, manual or simulated")


class Position(Protocol):
    """How far a source is stored."""

    def __call__(self, source: int) -> int:
        """Lowest record number up to which every dataset of the source is stored; 0 if new."""


class Collector(Protocol):
    """What ``collectors/<format>.py`` offers."""

    Settings: type[FileSettings]

    def recognise(self, head: bytes, name: str) -> bool:
        """True where the first 64 KiB of a file (and its name) are of this format."""

    def collect(
        self, settings: FileSettings, context: Context, position: Position
    ) -> Iterator[Batch | Change]:
        """Batches in ascending record number per source and dataset, or record changes.

        It never raises for bytes it cannot read: they are counted as refused. ``InputError``
        is for a file that cannot be read at all; its message begins with the path. A collector
        that listens or follows yields at least once a second, if only a batch without rows:
        between two yields it can be stopped.
        """


class CollectParams(Params):
    """Parameters of ``collect``."""

    paths: tuple[Path, ...] = Field(description="Files to read")
    format: str | None = Field(default=None, description="Collector; none: recognise each file")
    observer: str | None = Field(default=None, description="Name of the data source")
    zone: str | None = Field(default=None, description="Zone of the addresses")
    origin: Origin = Field(default="imported", description="live, imported, manual or simulated")


class RunParams(Params):
    """Parameters of ``collect run``."""

    name: str = Field(description="Name of the table [collectors.<name>]")


class LedgerParams(Params):
    """Parameters of ``import ledger``."""

    paths: tuple[Path, ...] = Field(description="Ledger files: CSV, XLSX, XLS or ODS")
    zone: str | None = Field(default=None, description="Zone of rows that name none")
    unit: str | None = Field(default=None, description="Unit of rows that name none")
    origin: Origin = Field(default="imported", description="live, imported, manual or simulated")
    rejects: Path | None = Field(default=None, description="XLSX to write with the refused rows")


class UndoParams(Params):
    """Parameters of ``undo ledger``."""

    number: str | None = Field(default=None, description="Number of the import; none: the last")
    reason: str = Field(min_length=1, description="Why it is taken back")


class MergeParams(Params):
    """Parameters of ``merge assets``."""

    keep: str = Field(description="Id of the asset that stays")
    others: tuple[str, ...] = Field(description="Ids of the assets that are the same one")


def _collect(params: CollectParams, context: Context) -> Outcome:
    from collectors._run import collect

    return collect(params, context)


def _run(params: RunParams, context: Context) -> Outcome:
    from collectors._live import run

    return run(params, context)


def _import_ledger(params: LedgerParams, context: Context) -> Outcome:
    from collectors._ledger_import import import_ledger

    return import_ledger(params, context)


def _undo_ledger(params: UndoParams, context: Context) -> Outcome:
    from collectors._ledger_history import undo

    return undo(params, context)


def _merge_assets(params: MergeParams, context: Context) -> Outcome:
    from collectors._ledger_merge import merge

    return merge(params, context)


JOBS: tuple[Job, ...] = (
    Job("collect", _collect, CollectParams),
    Job("collect run", _run, RunParams),
    Job("import ledger", _import_ledger, LedgerParams, lock="import ledger"),
    Job("undo ledger", _undo_ledger, UndoParams, lock="import ledger"),
    Job("merge assets", _merge_assets, MergeParams, lock="import ledger"),
)
