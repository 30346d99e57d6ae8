"""Telemetry and ledgers in: one module a format.

A collector turns the bytes of one format into event batches or record changes. It holds no
state between runs: what it needs again (a position, templates) is kept by the store. Copy
``collectors/suricata.py`` to write a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import Field

from soc.batch import Batch
from soc.config import Settings
from soc.context import Context
from soc.store import Change


class FileSettings(Settings):
    """What every collector of files is told; a plug-in's ``Settings`` extends it."""

    paths: tuple[Path, ...] = Field(default=(), description="Files to read, in this order")
    observer: str | None = Field(
        default=None, description="Name of the data source; none: the collector names it"
    )
    zone: str | None = Field(default=None, description="Zone of the addresses in it")
    origin: str = Field(default="imported", description="live, imported, manual or simulated")


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
        is for a file that cannot be read at all.
        """
