"""What options data tell about an exporter: sampling, boot time, names of interfaces and VRFs.

It is state, never a flow. A state is a value: a flow keeps the one that held when its set came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from collectors._netflow_layout import Key, Layout
from collectors._netflow_records import Records
from collectors._netflow_wire import SCOPE_V9
from soc.ipfix import Kind

_NOTHING: Mapping[int, Any] = MappingProxyType({})
_MOST = 4_096  # entries a table; an exporter has fewer samplers, interfaces and VRFs
_SAMPLERS: tuple[Key, ...] = ((0, 302), (0, 48))
_INTERFACES: tuple[Key, ...] = ((SCOPE_V9, 2), (0, 10), (0, 252))
_VRFS: tuple[Key, ...] = ((0, 234),)
_RATES: tuple[Key, ...] = tuple((0, n) for n in (34, 50, 305, 309, 311))
_NAMES: tuple[Key, ...] = ((0, 82), (0, 83))
_VRF_NAME: Key = (0, 236)
_BOOT: Key = (0, 160)


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one observation domain; rates are "one of n"."""

    rate: int | None = None  # of the whole domain
    samplers: Mapping[int, int] = field(default_factory=lambda: _NOTHING)
    interfaces: Mapping[int, int] = field(default_factory=lambda: _NOTHING)
    names: Mapping[int, str] = field(default_factory=lambda: _NOTHING)  # of interfaces
    vrfs: Mapping[int, str] = field(default_factory=lambda: _NOTHING)
    boot_ms: int | None = None  # systemInitTimeMilliseconds


def is_state(layout: Layout) -> bool:
    """False where no field of an options layout is one that we keep."""
    wanted = (*_RATES, *_NAMES, _VRF_NAME, _BOOT)
    return any(key in layout.first for key in wanted)


def learned(state: State, records: Records) -> State:
    """The state after these option records; the same object where nothing is new."""
    draft: dict[str, Any] = {}
    for row in rows(records):
        _learn_sampling(state, draft, row)
        boot = row.get(_BOOT)
        if isinstance(boot, int) and boot > 0 and boot != state.boot_ms:
            draft["boot_ms"] = boot
        _learn_name(state, draft, "names", _first(row, _INTERFACES), _first(row, _NAMES))
        _learn_name(state, draft, "vrfs", _first(row, _VRFS), row.get(_VRF_NAME))
    return replace(state, **draft) if draft else state


def _learn_sampling(state: State, draft: dict[str, Any], row: Mapping[Key, Any]) -> None:
    """A rate belongs to the sampler that the record names, else the interface, else to all."""
    rate = _rate(row)
    if rate is None:
        return
    sampler = _first(row, _SAMPLERS)
    interface = _first(row, _INTERFACES)
    if isinstance(sampler, int):
        _put(state, draft, "samplers", sampler, rate)
    elif isinstance(interface, int) and interface:
        _put(state, draft, "interfaces", interface, rate)
    elif rate != draft.get("rate", state.rate):
        draft["rate"] = rate


def _learn_name(state: State, draft: dict[str, Any], table: str, key: Any, name: Any) -> None:
    if isinstance(key, int) and isinstance(name, str) and name:
        _put(state, draft, table, key, name)


def _put(state: State, draft: dict[str, Any], table: str, key: int, value: Any) -> None:
    """Change a table of the draft; it is copied at the first change."""
    now: Mapping[int, Any] = draft.get(table, getattr(state, table))
    if now.get(key) == value or (len(now) >= _MOST and key not in now):
        return
    draft.setdefault(table, dict(now))[key] = value


def _rate(row: Mapping[Key, Any]) -> int | None:
    """One of n packets, by whichever elements say so; 0 means that it is not told."""
    for number in (34, 50):
        if isinstance(row.get((0, number)), int) and row[0, number] > 0:
            return int(row[0, number])
    pairs = ((305, 306, True), (309, 310, False))
    for taken, other, is_space in pairs:
        n, m = row.get((0, taken)), row.get((0, other), 0)
        if isinstance(n, int) and isinstance(m, int) and n > 0:
            ratio = (n + m) / n if is_space else m / n
            return round(ratio) or None
    share = row.get((0, 311))
    if isinstance(share, float) and 1e-9 < share <= 1:
        return round(1 / share)
    return None


def _first(row: Mapping[Key, Any], keys: tuple[Key, ...]) -> Any:
    return next((row[key] for key in keys if key in row), None)


def rows(records: Records) -> Iterator[Mapping[Key, Any]]:
    """Option records one by one, the fields that a state is made of."""
    wanted = (*_SAMPLERS, *_INTERFACES, *_VRFS, *_RATES, *_NAMES, _VRF_NAME, _BOOT)
    wanted += ((0, 306), (0, 310))
    columns = {
        key: _values(records, index)
        for key in wanted
        if (index := records.layout.first.get(key)) is not None
    }
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _values(records: Records, index: int) -> list[Any]:
    column = records.layout.columns[index]
    if column.kind is Kind.FLOAT and not column.is_variable:
        shares = records.fixed(index).astype(np.float64)
        return [share if share == share else 0.0 for share in shares.tolist()]
    if column.kind in (Kind.TEXT, Kind.OCTETS):
        return [_text(raw) for raw in _octets(records, index)]
    if column.is_variable:
        return [None] * len(records)
    values: list[Any] = records.value(index).tolist()
    return values


def _octets(records: Records, index: int) -> list[bytes]:
    if records.layout.columns[index].is_variable:
        begins, lengths = records.variable(index)
        pairs = zip(begins.tolist(), lengths.tolist(), strict=True)
        return [records.buffer[begin : begin + length] for begin, length in pairs]
    return [row.tobytes() for row in records.fixed(index)]


def _text(raw: bytes) -> str:
    """Ill-formed UTF-8 is replaced (RFC 7011, section 6.1.6), padding cut."""
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")[:255]
