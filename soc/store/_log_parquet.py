"""One Parquet file of the event log: how it is written, made durable, and described to Delta."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soc.schema import TWIN

GROUP_ROWS = 1 << 20
DICTIONARY_BYTES = 16 << 20
BLOOM_ROWS = 50_000  # below that a filter costs more than reading the column
TIMED = ("@timestamp", "event.ingested")  # the columns that statistics are kept of
SORTED = ("soc.source_key", "soc.record")  # runs of equal or next numbers: deltas cost nothing
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """A file in the table's folder that no commit names yet."""

    path: Path
    size: int
    rows: int
    stats: str  # as a Delta action holds them: JSON, times cut to milliseconds


def write(path: Path, tables: Iterator[pa.Table], schema: pa.Schema, rows: int) -> Written:
    """Write row groups durably: when it returns, file and folder are on the disk.

    ``rows`` is about how many there will be. On an error nothing is left behind.
    """
    make_folder(path.parent)
    spans = Spans()
    try:
        with path.open("xb") as file:
            with pq.ParquetWriter(file, schema, **_options(schema, rows)) as writer:
                for table in tables:
                    spans.see(table)
                    writer.write_table(table.cast(schema), row_group_size=GROUP_ROWS)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
        return Written(path, path.stat().st_size, spans.rows, spans.json())
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise


def _options(schema: pa.Schema, rows: int) -> dict[str, Any]:
    packed = [n for n in schema.names if pa.types.is_timestamp(schema.field(n).type)]
    packed += [n for n in SORTED if n in schema.names]
    twins = [n for n in schema.names if n.startswith(TWIN)] if rows >= BLOOM_ROWS else []
    return {
        "compression": "zstd",
        "compression_level": 1,
        "dictionary_pagesize_limit": DICTIONARY_BYTES,
        "store_schema": False,
        "use_dictionary": [leaf for f in schema if f.name not in packed for leaf in _leaves(f)],
        "column_encoding": dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
        # distinct addresses of a row group: about one in eight rows
        "bloom_filter_options": {
            n: {"ndv": max(1024, min(rows, GROUP_ROWS) // 8), "fpp": 0.05} for n in twins
        }
        or None,
    }


def _leaves(field: pa.Field) -> list[str]:
    if pa.types.is_list(field.type):
        return [f"{field.name}.list.element"]
    if pa.types.is_map(field.type):
        return [f"{field.name}.key_value.key", f"{field.name}.key_value.value"]
    return [field.name]


class Spans:
    """Least and greatest time of each timed column, as the rows go by."""

    def __init__(self) -> None:
        self.rows = 0
        self.nulls = dict.fromkeys(TIMED, 0)
        self.least: dict[str, int] = {}
        self.greatest: dict[str, int] = {}

    def see(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        for name in TIMED:
            if name not in table.column_names:
                self.nulls[name] += table.num_rows
                continue
            column = table[name]
            self.nulls[name] += column.null_count
            if column.null_count < len(column):
                ends = pc.min_max(column.cast(pa.int64()))
                low, high = ends["min"].as_py(), ends["max"].as_py()
                self.least[name] = min(low, self.least.get(name, low))
                self.greatest[name] = max(high, self.greatest.get(name, high))

    def json(self) -> str:
        """Delta's ``stats``; a time that no calendar holds leaves its column without bounds."""
        known = [n for n in self.least if _has_date(self.least[n]) and _has_date(self.greatest[n])]
        return json.dumps(
            {
                "numRecords": self.rows,
                "minValues": {n: _cut_to_ms(self.least[n]) for n in known},
                "maxValues": {n: _cut_to_ms(self.greatest[n]) for n in known},
                "nullCount": dict(self.nulls),
            },
            separators=(",", ":"),
        )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_US = -30_610_224_000_000_000  # 1000-01-01
_LAST_US = 253_402_300_799_000_000  # 9999-12-31T23:59:59


def _has_date(time_us: int) -> bool:
    return _FIRST_US <= time_us <= _LAST_US


def _cut_to_ms(time_us: int) -> str:
    at = _EPOCH + timedelta(milliseconds=time_us // 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_folder(folder: Path) -> None:
    """Make a folder and its parents; each new name is on the disk when it returns."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    sync_file(folder)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
