"""Begin and end of flows, from whichever elements an exporter uses, as microseconds of UTC."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from collectors._netflow_layout import Key
from collectors._netflow_records import Records

Ints = npt.NDArray[np.int64]
Times = tuple[Ints, npt.NDArray[np.bool_]]  # microseconds, and where they are told

_NTP_S = 2_208_988_800  # from 1900 to 1970
_LAST_US = 253_402_300_799_000_000  # end of the year 9999
_HALF = 1 << 31


def times(
    records: Records, export_us: Ints, uptime_ms: Ints, boot_ms: Ints
) -> tuple[Times | None, Times | None]:
    """Begin and end; None where the layout tells neither a time nor a duration for it.

    ``export_us`` and ``uptime_ms`` are those of each row's message; ``boot_ms`` is the boot
    time that options data told (-1: none). NSEL tells the time of the event only.
    """
    start = _told(records, _START, export_us)
    end = _told(records, _END, export_us)
    if records.has((0, 21), (0, 22)) and start is None and end is None:
        start, end = _uptime(records, export_us, uptime_ms, boot_ms)
    if end is None:
        end = _told(records, _EVENT, export_us)
    duration = _duration(records)
    if duration is None or (start is None) == (end is None):
        return start, end
    if end is None and start is not None:
        return start, (start[0] + duration, start[1])
    return (end[0] - duration, end[1]) if end is not None else None, end


def _told(records: Records, table: dict[Key, _Convert], export_us: Ints) -> Times | None:
    """Times by the first element of the table that the layout has; 0 stands for untold."""
    for key, convert in table.items():
        value = records.number(key) if convert is not _ntp else _fractions(records, key)
        if value is not None:
            us = convert(value, export_us)
            is_told = (value != 0) | (convert is _delta)
            return us, is_told & (us >= 0) & (us <= _LAST_US)
    return None


def _fractions(records: Records, key: Key) -> Ints | None:
    index = records.layout.first.get(key)
    if index is None or records.layout.columns[index].length != 8:
        return None
    return records.fixed(index).astype(np.uint64).view(np.int64)


def _seconds(value: Ints, _: Ints) -> Ints:
    return np.minimum(value, _LAST_US // 10**6 + 1) * 1_000_000


def _milliseconds(value: Ints, _: Ints) -> Ints:
    return np.minimum(value, _LAST_US // 10**3 + 1) * 1_000


def _ntp(value: Ints, _: Ints) -> Ints:
    """NTP timestamps: seconds since 1900 or, past 2036, since its wrap, and a binary fraction.

    Rounded, as exporters cut the fraction (RFC 7011, sections 6.1.9 and 6.1.10).
    """
    raw = value.view(np.uint64)
    seconds = (raw >> np.uint64(32)).astype(np.int64)
    seconds = np.where(seconds < _NTP_S, seconds + (1 << 32), seconds) - _NTP_S
    fraction = (raw & np.uint64(0xFFFF_FFFF)).astype(np.int64)
    return seconds * 1_000_000 + ((fraction * 1_000_000 + _HALF) >> 32)


def _delta(value: Ints, export_us: Ints) -> Ints:
    """Microseconds before the export time (158, 159)."""
    return export_us - np.minimum(value, _LAST_US)


_Convert = Callable[[Ints, Ints], Ints]


def _table(seconds: int, milli: int, micro: int, nano: int, delta: int) -> dict[Key, _Convert]:
    table: dict[Key, _Convert] = {(0, milli): _milliseconds, (0, seconds): _seconds}
    table |= {(0, micro): _ntp, (0, nano): _ntp}
    return table | ({(0, delta): _delta} if delta else {})


_START = _table(150, 152, 154, 156, 158)
_END = _table(151, 153, 155, 157, 159)
_EVENT = _table(322, 323, 324, 325, 0)  # observationTime…


def _uptime(
    records: Records, export_us: Ints, uptime_ms: Ints, boot_ms: Ints
) -> tuple[Times | None, Times | None]:
    """Elements 22 and 21, relative to the boot of the exporter, modulo 2^32 milliseconds.

    In versions 5 and 9 the header tells the uptime, so that a flow may straddle its wrap after
    49.7 days; in IPFIX systemInitTimeMilliseconds (160) must be told, in the record or before.
    """
    first, last = records.number((0, 22)), records.number((0, 21))
    is_told = np.zeros(len(records), bool)
    for value in (first, last):
        is_told |= value != 0 if value is not None else False
    if records.layout.version != 10:
        return _both(first, last, lambda v: export_us + _before(v, uptime_ms) * 1_000, is_told)
    boot = records.number((0, 160))
    boot = boot_ms if boot is None else boot
    is_told &= (boot > 0) & (boot < _LAST_US // 2_000)
    boot_us = np.where(is_told, boot, 0) * 1_000
    return _both(first, last, lambda v: boot_us + np.minimum(v, 1 << 40) * 1_000, is_told)


def _both(
    first: Ints | None,
    last: Ints | None,
    convert: Callable[[Ints], Ints],
    is_told: npt.NDArray[np.bool_],
) -> tuple[Times | None, Times | None]:
    """Begin and end by the same conversion."""
    start = None if first is None else (convert(first), is_told)
    return start, None if last is None else (convert(last), is_told)


def _before(value: Ints, uptime_ms: Ints) -> Ints:
    """Milliseconds from the message's uptime to ``value``, as a signed 32-bit difference."""
    return ((value - uptime_ms + _HALF) & 0xFFFF_FFFF) - _HALF


def _duration(records: Records) -> Ints | None:
    """Microseconds, by elements 161 or 162."""
    milli = records.number((0, 161))
    if milli is not None:
        return np.minimum(milli, 1 << 40) * 1_000
    micro = records.number((0, 162))
    return None if micro is None else np.minimum(micro, 1 << 50)


TIME_KEYS: tuple[Key, ...] = (
    *_START,
    *_END,
    *_EVENT,
    *((0, n) for n in (21, 22, 160, 161, 162)),
)
