"""Rows of the log as bodies of ``_bulk`` against orjson, one document after the other.

Run ``python -m benchmarks.encode [FLOWS]``. IPFIX flows go through the collector's decoder into
an event log; its files are read as the shipper reads them. Two peers write the same documents
of the same rows, and are given the ``_id`` of each row ready-made, which ours works out:

* *whole*: rows as dicts by ``to_pylist`` (columns that are wholly absent and twins taken out
  before), absent values dropped, ``orjson.dumps``, action line; all of it inside its time;
* *strict*: documents that are ready as dicts of text and numbers; only ``orjson.dumps`` and the
  action line are inside its time. No shipper is given that.

CPU of this process, best of the rounds, which alternate. Aim: 8 times the whole.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from benchmarks.log import WallClock
from benchmarks.netflow import BOOT_MS, SENDER, columns
from collectors._netflow_decoder import Decoder
from collectors._netflow_flush import Share
from playbooks.simulate._netflow import Exporter, datagrams
from soc.schema import TWIN
from soc.store._elastic_document import document
from soc.store._ship_encode import encode, opened
from soc.store._ship_gzip import packed
from soc.store.log import DeltaLog

ROUNDS = 3
AIM = 8
ROWS = 30_000  # of the log that are encoded at once
COMPARED = 20_000  # rows that the peers write: they take their time
ORIGIN, VERSION = "collector", 7
Rows = list[dict[str, Any]]


def logged(home: Path, count: int) -> DeltaLog:
    """An event log that holds this many flows, as the collector of IPFIX stores them."""
    log, decoder = DeltaLog(home, ORIGIN, WallClock()), Decoder(Share(None, "imported"))
    exporter = Exporter(version=10, boot_ms=BOOT_MS)
    sent = datagrams(columns(count, np.random.default_rng(3)), exporter)
    arrived = ((data, SENDER, int(seconds * 1e6)) for seconds, data in sent)
    for batch in (*decoder.take(arrived, 7), *decoder.settle(7)):
        if batch.rows is not None and batch.dataset == "flow":
            log.append([batch])
    return log


def batches(log: DeltaLog) -> Iterator[pa.RecordBatch]:
    """The flows of the log as the shipper reads them."""
    for file in log.files("flow"):
        yield from opened(file.path, "flow").iter_batches(batch_size=ROWS)


def action(name: str) -> bytes:
    return b'{"create":{"_id":"' + name.encode() + b'"}}\n'


def plain(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows without dictionaries, twins and columns that hold nothing."""
    kept = [
        name
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
        if column.null_count < len(column) and not name.startswith(TWIN)
    ]
    found = {name: rows.column(name) for name in kept}
    return pa.record_batch(
        {
            n: c.dictionary_decode() if pa.types.is_dictionary(c.type) else c
            for n, c in found.items()
        }
    )


def whole(rows: pa.RecordBatch, ids: list[str]) -> bytes:
    """The peer from Arrow on: dicts, orjson."""
    lines: list[bytes] = []
    for row, name in zip(rows.to_pylist(), ids, strict=True):
        found = {key: value for key, value in row.items() if value is not None}
        found |= {"soc.origin_host": ORIGIN, "soc.version": VERSION}
        lines += (action(name), orjson.dumps(found, option=orjson.OPT_UTC_Z), b"\n")
    return b"".join(lines)


def strict(documents: Rows, ids: list[str]) -> bytes:
    """The peer from ready documents on: orjson alone."""
    lines: list[bytes] = []
    for found, name in zip(documents, ids, strict=True):
        lines += (action(name), orjson.dumps(found), b"\n")
    return b"".join(lines)


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def agreed(rows: pa.RecordBatch, documents: Rows) -> list[str]:
    """The ids, once ours and the ready documents were found equal."""
    body = encode(rows, "flow", ORIGIN, VERSION)
    sources = body.data.split(b"\n")[1::2]
    assert [orjson.loads(source) for source in sources] == documents
    return list(body.ids)


def compared(read: list[pa.RecordBatch]) -> None:
    """Print both ratios, a document of ours against one of theirs."""
    some = read[0].slice(0, COMPARED)
    count = sum(rows.num_rows for rows in read)

    def ours() -> None:
        for rows in read:
            encode(rows, "flow", ORIGIN, VERSION)

    documents = [document(row, "flow", ORIGIN, VERSION) for row in some.to_pylist()]
    ids, bare = agreed(some, documents), plain(some)
    best: dict[str, float] = {}
    works: dict[str, tuple[Callable[[], object], int]] = {
        "ours": (ours, count),
        "whole": (lambda: whole(bare, ids), COMPARED),
        "strict": (lambda: strict(documents, ids), COMPARED),
    }
    for _ in range(ROUNDS):
        for who, (work, written) in works.items():
            used = cpu_s(work) / written * 1e6
            best[who] = min(best.get(who, used), used)
    print(f"ours {best['ours']:.2f} µs a document ({1 / best['ours']:.2f} M/s)")
    print(
        f"orjson with its dicts  {best['whole']:6.2f} µs   ratio {ratio(best, 'whole')} (aim {AIM})"
    )
    print(f"orjson on ready dicts  {best['strict']:6.2f} µs   ratio {ratio(best, 'strict')}")


def ratio(best: dict[str, float], peer: str) -> str:
    return f"{best[peer] / best['ours']:5.1f}"


def path(log: DeltaLog, count: int) -> None:
    """Print what a document costs from Parquet to the packed body."""
    wire = 0

    def ship() -> None:
        nonlocal wire
        bodies = (encode(rows, "flow", ORIGIN, VERSION).data for rows in batches(log))
        wire = sum(len(packed(body)) for body in bodies)

    used = min(cpu_s(ship) for _ in range(ROUNDS))
    print(f"read, encoded, packed: {count / used / 1e6:.2f} M/s, {wire / count:.0f} B a document")


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdecimal() else 200_000
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as home:
        log = logged(Path(home), count)
        read = list(batches(log))
        length = len(encode(read[0], "flow", ORIGIN, VERSION).data) / read[0].num_rows
        print(f"{count:,} flows; {length:.0f} B a document with its action line")
        compared(read)
        path(log, count)


if __name__ == "__main__":
    main()
