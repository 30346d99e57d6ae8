"""Columns of several layouts joined in record order and written as one Arrow batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from collectors import _netflow_text as text
from collectors._netflow_columns import Columns
from collectors._netflow_other import Entry, other
from soc.schema import arrow, twin

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Told = tuple[npt.NDArray[Any], Mask | None]

_DECIMAL = (
    "network.vlan.id",
    "observer.ingress.interface.id",
    "observer.egress.interface.id",
    "soc.vrf",
)
_MACS = ("source.mac", "destination.mac")
_INT32_MAX = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class Part:
    """What one layout gives to a batch, and which rows of the batch it gives."""

    columns: Columns
    rows: Ints | None  # None: all, in order
    other: tuple[Entry, ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """All parts of a batch, and what its rows share."""

    parts: Sequence[Part]
    count: int
    session: Ints | None  # a row; None: all of the first
    first: int  # session of the first message
    observers: Sequence[bytes | None]  # a session: 16 octets
    labels: Sequence[str]
    constants: dict[str, str] = field(default_factory=dict)

    @cached_property
    def order(self) -> Ints:
        """For each row of the batch its place when the parts follow each other."""
        order = np.empty(self.count, np.int64)
        at = 0
        for part in self.parts:
            rows = part.rows if part.rows is not None else slice(None)
            order[rows] = np.arange(at, at + part.columns.count)
            at += part.columns.count
        return order

    def ordered(self, values: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Values of all parts in row order."""
        return np.concatenate(values).take(self.order, mode="clip")

    def mask(self, given: Sequence[Told | None]) -> Mask | None:
        """Where parts that give values and a mask, or nothing, tell something; None: all over."""
        if all(told is not None and told[1] is None for told in given):
            return None
        masks = []
        for part, told in zip(self.parts, given, strict=True):
            count = part.columns.count
            is_told = np.full(count, told is not None)
            masks.append(is_told if told is None or told[1] is None else told[1])
        return self.ordered(masks)


def batch(sheet: Sheet) -> pa.RecordBatch:
    """One row a record under dotted ECS names, without ``soc.record``."""
    columns: dict[str, Any] = {}
    for name, array in _all(sheet):
        columns[name] = array
    order = [name for name in arrow("flow").names if name in columns]
    return pa.RecordBatch.from_arrays([columns[name] for name in order], names=order)


def _all(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    yield from _numbers(sheet)
    yield from _addresses(sheet)
    yield from _observers(sheet)
    for name, value in sheet.constants.items():
        yield name, text.constant(value, sheet.count)
    for name in sorted({name for part in sheet.parts for name in part.columns.labels}):
        label = _joined(sheet, [part.columns.labels.get(name) for part in sheet.parts])
        if label is not None and name != "soc.vrf":
            yield name, text.labelled(label[0], sheet.labels)
    if any(part.other for part in sheet.parts):
        yield from other([(part.rows, part.other) for part in sheet.parts], sheet.count)


def _numbers(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    names = dict.fromkeys(name for part in sheet.parts for name in part.columns.numbers)
    schema = arrow("flow")
    for name in names:
        told = _number(sheet, name)
        if name in _MACS:
            yield name, text.macs(*told)
        elif name == "soc.vrf":
            yield name, _vrfs(sheet, told)
        elif name in _DECIMAL:
            yield name, text.decimals(*told)
        elif name == "event.action":
            yield name, text.actions(*told)
        elif name == "soc.exporter_skew_s":
            yield name, pa.array(told[0] / 1_000, pa.float64(), mask=_absent(told[1]))
        else:
            yield name, plain(schema.field(name).type, *told)
            if name == "network.iana_number":
                yield "network.transport", text.transports(*told)


def _number(sheet: Sheet, name: str) -> Told:
    if sheet.parts[0].rows is None:
        return sheet.parts[0].columns.numbers[name]
    given = [part.columns.numbers.get(name) for part in sheet.parts]
    kinds = [told[0].dtype for told in given if told is not None]
    kind = np.result_type(*kinds)
    values = [
        told[0] if told is not None else np.zeros(part.columns.count, kind)
        for part, told in zip(sheet.parts, given, strict=True)
    ]
    return sheet.ordered(values), sheet.mask(given)


def _joined(sheet: Sheet, given: list[Ints | None]) -> Told | None:
    """Values of all parts in row order; 0 where a part has none."""
    if all(one is None for one in given):
        return None
    values = np.zeros(sheet.count, np.int64)
    for part, one in zip(sheet.parts, given, strict=True):
        if one is not None:
            values[part.rows if part.rows is not None else slice(None)] = one
    return values, None


def _vrfs(sheet: Sheet, told: Told) -> Any:
    """The VRF by its name where options told one, else by its number."""
    label = _joined(sheet, [part.columns.labels.get("soc.vrf") for part in sheet.parts])
    numbers = text.decimals(*told)
    if label is None:
        return numbers
    named = text.labelled(label[0], sheet.labels)
    plain_text = pa.string()
    return pa.compute.coalesce(named.cast(plain_text), numbers.cast(plain_text))


def _absent(mask: Mask | None) -> Mask | None:
    return None if mask is None else ~mask


def plain(kind: Any, values: npt.NDArray[Any], mask: Mask | None) -> Any:
    """A number or timestamp column; what does not fit into 32 bit is null there."""
    if kind == pa.int32() and values.dtype != np.int32:
        if len(values) and values.max() > _INT32_MAX:
            fits = values <= _INT32_MAX
            mask = fits if mask is None else mask & fits
        values = values.astype(np.int32)
    elif kind != pa.int32():
        values = values.astype(np.int64, copy=False)
    return pa.Array.from_buffers(
        kind, len(values), [text.validity(mask), pa.py_buffer(np.ascontiguousarray(values))]
    )


def _addresses(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    names = dict.fromkeys(name for part in sheet.parts for name in part.columns.addresses)
    for name in names:
        words, mask = _address(sheet, name)
        written, octets16 = text.addresses(words, mask)
        yield name, written
        yield twin(name), octets16
        if name == "source.ip":
            yield "network.type", text.families(words, mask)


def _address(sheet: Sheet, name: str) -> tuple[npt.NDArray[np.uint64], Mask | None]:
    if sheet.parts[0].rows is None:
        return sheet.parts[0].columns.addresses[name]
    given = [part.columns.addresses.get(name) for part in sheet.parts]
    words = [
        told[0] if told is not None else np.zeros((part.columns.count, 2), np.uint64)
        for part, told in zip(sheet.parts, given, strict=True)
    ]
    pairs = [one.view("V16")[:, 0] for one in words]
    return sheet.ordered(pairs).view(np.uint64).reshape(-1, 2), sheet.mask(given)


def _observers(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    if all(one is None for one in sheet.observers):
        return
    known = np.array([one is not None for one in sheet.observers])
    octets = b"".join(one or bytes(16) for one in sheet.observers)
    table = np.frombuffer(octets, np.uint64).reshape(-1, 2)
    session = sheet.session if sheet.session is not None else np.full(sheet.count, sheet.first)
    mask = None if known.all() else known[session]
    written, octets16 = text.addresses(table, None)
    place = written.indices.to_numpy()[session]
    indices = pa.array(place, pa.int32(), mask=_absent(mask))
    names = pa.DictionaryArray.from_arrays(indices, written.dictionary)
    yield "observer.ip", names
    yield twin("observer.ip"), pa.DictionaryArray.from_arrays(indices, octets16.dictionary)
    if "observer.name" not in sheet.constants:
        yield "observer.name", names
