"""What every collector promises: walks all that are found by their file names."""

from __future__ import annotations

import inspect
import random
import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import FileSettings
from collectors._run import collect_files
from soc import plugins, schema
from soc.batch import Batch
from soc.context import Context
from soc.store import Change
from tests.collectors.ledgers import HEAD, csv_file
from tests.collectors.test_run import line

NAMES = plugins.names("collectors")


def module(name: str) -> ModuleType:
    return plugins.load("collectors", name)


def eve(path: Path, count: int) -> Path:
    path.write_bytes(b"".join(line(number) for number in range(1, count + 1)))
    return path


def ledger(path: Path, count: int) -> Path:
    rows = [("区教育局", f"系统{n}", f"198.51.100.{n}", "443") for n in range(1, count + 1)]
    return csv_file(path, [HEAD, *rows])


def netflow5(path: Path, count: int) -> Path:
    """A capture of UDP datagrams of one flow each."""
    found = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    for number in range(count):
        seconds = 1_773_795_600 + number
        frame = _frame(_datagram(number, seconds))
        found += struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame
    path.write_bytes(found)
    return path


def _datagram(number: int, seconds: int) -> bytes:
    """NetFlow 5: header of 24 bytes, one record of 48."""
    header = struct.pack("!HHIIIIBBH", 5, 1, 1_000_000, seconds, 0, number, 0, 0, 0)
    ends = bytes([198, 51, 100, 9, 192, 0, 2, 7, 0, 0, 0, 0])
    counts = struct.pack("!HHIIII", 1, 2, 1, 60, 990_000, 991_000)
    return (
        header + ends + counts + struct.pack("!HHBBBBHHBBH", 40_000, 80, 0, 2, 6, 0, 0, 0, 0, 0, 0)
    )


def _frame(payload: bytes) -> bytes:
    udp = struct.pack("!HHHH", 5_000, 2_055, 8 + len(payload), 0) + payload
    ends = bytes([192, 0, 2, 1, 192, 0, 2, 2])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ends
    return bytes(12) + b"\x08\x00" + ip + udp


# A file of n records of each format that this suite can make; a new collector is walked by the
# other tests without an entry here.
MADE: dict[str, Callable[[Path, int], Path]] = {
    "suricata": eve,
    "ledger": ledger,
    "netflow": netflow5,
}
KNOWN = [name for name in NAMES if name in MADE]


def garbage() -> list[bytes]:
    noise = random.Random(20260318)
    blobs = [noise.randbytes(size) for size in (1, 7, 64, 1_500, 20_000)]
    heads = (
        b"{",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
        b"\x00\x05",
        b"\x00\x09",
        b"\x00\x0a",
        b"#separator",
        b"\xd4\xc3\xb2\xa1",
        b"\x0a\x0d\x0d\x0a",
        b"\x1f\x8b\x08",
    )
    return [*blobs, b"\x00" * 100, b"\n" * 100, *(head + noise.randbytes(900) for head in heads)]


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    found = module(name)

    assert (found.__doc__ or "").strip()
    for function in (found.recognise, found.collect):
        assert (inspect.getdoc(function) or "").strip()
    assert list(inspect.signature(found.recognise).parameters) == ["head", "name"]
    assert list(inspect.signature(found.collect).parameters) == ["settings", "context", "position"]


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_refuse_unknown_keys_and_describe_every_field(name: str) -> None:
    settings: type[FileSettings] = module(name).Settings

    assert issubclass(settings, FileSettings)
    with pytest.raises(ValidationError):
        settings.model_validate({"no_such_key": 1})
    assert [key for key, field in settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_recognising_garbage_never_raises(name: str) -> None:
    found = module(name)

    for blob in [b"", *garbage()]:
        assert found.recognise(blob, "x.dat") in (True, False)


@pytest.mark.parametrize("name", NAMES)
def test_random_bytes_end_in_counts_or_one_line_and_store_no_wrong_row(
    context: Context, tmp_path: Path, name: str
) -> None:
    for number, blob in enumerate(garbage()):
        path = tmp_path / f"{number}.dat"
        path.write_bytes(blob)
        summary = collect_files([path], format=name, context=context)
        assert summary.files + len(summary.errors) == 1
        assert all(error.startswith(str(path)) and "\n" not in error for error in summary.errors)

    found = {status.name: status.rows for status in context.store.log.status()}
    kinds = ("unit", "system", "asset", "contact")
    assert sum(found.values()) == 0
    assert not [record for kind in kinds for record in context.store.records.find(kind)]


@pytest.mark.parametrize("name", KNOWN)
def test_its_own_format_is_recognised_by_it_alone(tmp_path: Path, name: str) -> None:
    path = MADE[name](tmp_path / "made", 3)

    claims = [other for other in NAMES if module(other).recognise(path.read_bytes(), path.name)]

    assert claims == [name]


@pytest.mark.parametrize("name", KNOWN)
def test_its_rows_are_of_the_schema_in_ascending_order(
    context: Context, tmp_path: Path, name: str
) -> None:
    path = MADE[name](tmp_path / "made", 3)
    settings = module(name).Settings(paths=(path,))
    items = list(module(name).collect(settings, context, lambda source: 0))

    for item in items:
        assert isinstance(item, Batch | Change)
        if isinstance(item, Batch) and item.rows is not None:
            numbers = item.rows.column("soc.record").to_pylist()
            assert numbers == sorted(set(numbers))
            assert numbers[0] > 0
            assert "@timestamp" in item.rows.schema.names
            assert set(item.rows.schema.names) <= set(schema.arrow(item.dataset).names)


def figures(context: Context, path: Path) -> dict[str, Any]:
    return collect_files([path], format=None, context=context).figures()


@pytest.mark.parametrize("name", KNOWN)
def test_the_same_file_again_stores_nothing(context: Context, tmp_path: Path, name: str) -> None:
    path = MADE[name](tmp_path / "made", 3)
    first = figures(context, path)

    second = figures(context, path)

    assert first.pop("stored") > 0
    assert second.pop("stored") == 0
    assert first == second
    assert first["records"] == 3


@pytest.mark.parametrize("name", KNOWN)
def test_a_grown_file_adds_only_its_new_part(context: Context, tmp_path: Path, name: str) -> None:
    first = figures(context, MADE[name](tmp_path / "made", 3))

    second = figures(context, MADE[name](tmp_path / "made", 5))

    other = MADE[name](tmp_path / "other", 3)
    assert (first["records"], second["records"]) == (3, 5)
    assert 0 < second["stored"] <= first["stored"]
    assert figures(context, other)["stored"] == 0
