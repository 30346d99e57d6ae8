"""Records as numbers under their dotted ECS names, a layout at a time.

Nothing is formatted here: addresses stay 16 octets (IPv4 mapped), MACs, VLANs and interfaces
numbers. ``_netflow_arrow`` joins the layouts of a batch and writes text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from collectors._netflow_layout import Key, Layout
from collectors._netflow_messages import Messages
from collectors._netflow_options import State
from collectors._netflow_records import Records
from collectors._netflow_times import TIME_KEYS, times
from soc.ipfix import REVERSE

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]  # (rows, 2): the 16 octets of an address

_MAPPED = np.uint64(0xFFFF_0000)  # octets 8 to 11 of a mapped IPv4 address, as they lie


class Labels:
    """Texts of a batch by number, so that rows carry numbers only."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text, from 1 on."""
        return self._numbers.setdefault(text, len(self._numbers) + 1)

    def texts(self) -> list[str]:
        return list(self._numbers)


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the rows of a layout come from: per row its message, and the states of rows."""

    messages: Messages
    message: Ints
    states: tuple[tuple[State, Mask | None], ...]  # each with its rows; None: all of them
    labels: Labels


@dataclass(frozen=True, eq=False)
class Columns:
    """What a layout gives: numbers and addresses by ECS name, each with where it is told."""

    count: int
    numbers: dict[str, tuple[npt.NDArray[Any], Mask | None]] = field(default_factory=dict)
    addresses: dict[str, tuple[Words, Mask | None]] = field(default_factory=dict)
    labels: dict[str, Ints] = field(default_factory=dict)  # numbers of Labels; 0: none

    def put(self, name: str, values: npt.NDArray[Any] | None, mask: Mask | None = None) -> None:
        if values is not None:
            self.numbers[name] = (values, mask)


def _iana(*numbers: int) -> tuple[Key, ...]:
    return tuple((0, number) for number in numbers)


# ECS name, elements in order of preference, whether zero stands for "none".
_PLAIN: tuple[tuple[str, tuple[Key, ...], bool], ...] = (
    ("source.port", _iana(7, 182, 180), False),
    ("destination.port", _iana(11, 183, 181), False),
    ("network.iana_number", _iana(4), False),
    ("soc.tcp_flags", _iana(6), False),
    ("soc.tos", _iana(5), False),
    ("soc.flow_direction", _iana(61), False),
    ("soc.end_reason", _iana(136), False),
    ("source.as.number", _iana(16), True),
    ("destination.as.number", _iana(17), True),
    ("source.nat.port", _iana(227), True),
    ("destination.nat.port", _iana(228), True),
    ("network.vlan.id", _iana(58, 243), True),
    ("observer.ingress.interface.id", _iana(10, 252), False),
    ("observer.egress.interface.id", _iana(14, 253), False),
    ("source.mac", _iana(56), False),
    ("destination.mac", _iana(80, 57), False),
    ("soc.vrf", _iana(234), True),
    ("event.action", _iana(233), True),
)
_FORWARD_BYTES = _iana(1, 231, 85)
_FORWARD_PACKETS = _iana(2, 298, 86)
_REVERSE_BYTES = ((REVERSE, 1), (REVERSE, 85), (0, 232))
_REVERSE_PACKETS = ((REVERSE, 2), (REVERSE, 86), (0, 299))
_COUNTERS: tuple[tuple[str, tuple[Key, ...], tuple[Key, ...], Key], ...] = (
    ("bytes", _FORWARD_BYTES, _REVERSE_BYTES, (0, 23)),
    ("packets", _FORWARD_PACKETS, _REVERSE_PACKETS, (0, 24)),
)
_LAYER2_BYTES = _iana(352, 353)
_ADDRESSES: tuple[tuple[str, Key, Key], ...] = (
    ("source.ip", (0, 8), (0, 27)),
    ("destination.ip", (0, 12), (0, 28)),
    ("source.nat.ip", (0, 225), (0, 281)),
    ("destination.nat.ip", (0, 226), (0, 282)),
    ("soc.next_hop", (0, 15), (0, 62)),
)
_ZERO_IS_NONE = {"source.nat.ip", "destination.nat.ip", "soc.next_hop"}
_ICMP: tuple[tuple[Key, Key, Key], ...] = (
    ((0, 32), (0, 176), (0, 177)),
    ((0, 139), (0, 178), (0, 179)),
)
_VERSION: Key = (0, 60)
_SAMPLER = _iana(302, 48)
_OWN_RATE = _iana(34, 50, 305)
# Template number, padding, prefix lengths (facts of routing, on every record): not kept.
_QUIET = _iana(145, 210, 9, 13, 29, 30)


def columns(records: Records, origin: Origin) -> Columns:
    """Every column that we have for these records."""
    found = Columns(len(records))
    for name, keys, zero_is_none in _PLAIN:
        value = records.small(*keys)
        found.put(name, value, value != 0 if value is not None and zero_is_none else None)
    _volume(found, records)
    _addresses(found, records)
    _icmp(found, records)
    _times(found, records, origin)
    found.put("soc.exporter_domain", origin.messages.domain[origin.message])
    _sampling(found, records, origin)
    _skew(found, origin)
    _names(found, records, origin)
    return found


def placed(layout: Layout) -> frozenset[Key]:
    """Elements of a layout that fill a column, so that ``soc.other`` need not repeat them."""
    chosen = [keys for _, keys, _ in _PLAIN]
    for _, forward, reverse, v9 in _COUNTERS:
        chosen += [(*forward, v9), (*reverse, v9)] if layout.version == 9 else [forward, reverse]
    firsts = {next((key for key in keys if key in layout.first), None) for keys in chosen}
    both = {key for _, v4, v6 in _ADDRESSES for key in (v4, v6)}
    icmp = {key for keys in _ICMP for key in keys}
    always = {*TIME_KEYS, _VERSION, *_SAMPLER, *_OWN_RATE, (0, 306), *_QUIET}
    return frozenset(key for key in firsts | both | icmp | always if key is not None)


def _volume(found: Columns, records: Records) -> None:
    """Counters of both directions; totals stand in only where there are no deltas.

    Version 9 exporters use 23 and 24 for the other direction where 1 and 2 are there too, and
    for the flow itself where they are not. In IPFIX they are counters after a middlebox.
    """
    for what, forward, reverse, v9 in _COUNTERS:
        if records.layout.version == 9:
            has_forward = records.has(*forward)
            forward, reverse = (*forward, v9), (*reverse, v9) if has_forward else reverse
        sent = records.number(*forward)
        if sent is None and what == "bytes":
            sent = records.number(*_LAYER2_BYTES)
        answered = records.number(*reverse)
        found.put(f"source.{what}", sent)
        found.put(f"destination.{what}", answered)
        both = sent if answered is None or sent is None else _sum(sent, answered)
        found.put(f"network.{what}", both if sent is not None else answered)


def _sum(left: Ints, right: Ints) -> Ints:
    """Sums that stop at the maximum."""
    return left + np.minimum(right, np.iinfo(np.int64).max - left)


def _addresses(found: Columns, records: Records) -> None:
    chosen = None
    for name, v4, v6 in _ADDRESSES:
        narrow, wide = records.address(v4), records.address(v6)
        if narrow is None and wide is None:
            continue
        words = _mapped(narrow) if narrow is not None else _words(wide)
        if narrow is not None and wide is not None:
            if chosen is None:
                chosen = _is_ipv6(records)
            words = np.where(chosen[:, None], _words(wide), words)
        mask = None
        if name in _ZERO_IS_NONE:
            mask = ((words[:, 1] >> np.uint64(32)) != 0) | (words[:, 0] != 0)
        found.addresses[name] = (words, mask)


def _mapped(narrow: npt.NDArray[Any]) -> Words:
    words = np.zeros((len(narrow), 2), np.uint64)
    words[:, 1] = (narrow.view("<u4").astype(np.uint64) << np.uint64(32)) | _MAPPED
    return words


def _words(wide: npt.NDArray[Any] | None) -> Words:
    if wide is None:
        raise AssertionError("an address column vanished")
    return np.ascontiguousarray(wide).view(np.uint64)


def _is_ipv6(records: Records) -> Mask:
    """Which of two pairs a mixed record means: by IP version, else the pair that is not zero."""
    version = records.number(_VERSION)
    if version is not None and (version != 0).all():
        by_version: Mask = version == 6
        return by_version
    is_set = np.zeros(len(records), bool)
    for key in ((0, 8), (0, 12)):
        narrow = records.address(key)
        is_set |= narrow != 0 if narrow is not None else False
    has_wide = np.zeros(len(records), bool)
    for key in ((0, 27), (0, 28)):
        wide = records.address(key)
        has_wide |= wide.any(axis=1) if wide is not None else False
    by_pair: Mask = has_wide & ~is_set
    return by_pair if version is None else np.where(version == 0, by_pair, version == 6)


def _icmp(found: Columns, records: Records) -> None:
    """Type and code, from their elements or from where exporters hide them: the ports."""
    protocol = records.number((0, 4))
    if protocol is None:
        return
    is_icmp = (protocol == 1) | (protocol == 58)
    if not is_icmp.any():
        return
    kind, code = _icmp_told(records, protocol)
    if kind is None or code is None:
        port = records.number((0, 11))
        if port is None:
            return
        kind, code = port >> 8, port & 0xFF
    found.put("soc.icmp_type", kind, is_icmp)
    found.put("soc.icmp_code", code, is_icmp)
    for name in ("source.port", "destination.port"):
        if name in found.numbers:
            found.put(name, found.numbers[name][0], ~is_icmp)


def _icmp_told(records: Records, protocol: Ints) -> tuple[Ints | None, Ints | None]:
    kind = code = None
    for number, (both, type_key, code_key) in zip((1, 58), _ICMP, strict=True):
        value = records.number(both)
        pair = (
            (value >> 8, value & 0xFF)
            if value is not None
            else (records.number(type_key), records.number(code_key))
        )
        if pair[0] is None or pair[1] is None:
            continue
        is_it = protocol == number
        kind = pair[0] if kind is None else np.where(is_it, pair[0], kind)
        code = pair[1] if code is None else np.where(is_it, pair[1], code)
    return kind, code


def _times(found: Columns, records: Records, origin: Origin) -> None:
    """Begin, end, duration, and the event's time: its end, else begin, else when it was sent."""
    export_us = origin.messages.export_us[origin.message]
    boot_ms = np.full(len(records), -1, np.int64)
    for state, rows in origin.states:
        if state.boot_ms is not None:
            boot_ms[rows if rows is not None else slice(None)] = state.boot_ms
    uptime_ms = origin.messages.uptime_ms[origin.message]
    start, end = times(records, export_us, uptime_ms, boot_ms)
    at = export_us
    for name, told in (("event.start", start), ("event.end", end)):
        if told is not None:
            found.put(name, *told)
            at = told[0] if told[1].all() else np.where(told[1], told[0], at)
    if start is not None and end is not None:
        found.put("event.duration", np.maximum(end[0] - start[0], 0) * 1_000, start[1] & end[1])
    found.put("@timestamp", at)


def _sampling(found: Columns, records: Records, origin: Origin) -> None:
    """One of n: told in the record, by its sampler, its interface, its domain or its header.

    Where samplers are known, a flow of another sampler has no rate, whatever the domain's is:
    to scale flows that were not sampled is a known fault. Unknown is not 1.
    """
    own = records.number(*_OWN_RATE)
    if own is not None:
        space = records.number((0, 306))
        rate = own if space is None else np.where(own > 0, (own + space) // np.maximum(own, 1), 0)
    else:
        rate = origin.messages.sampling[origin.message]
        for state, rows in origin.states:
            told = _by_state(records, state)
            if told is not None:
                rate = told if rows is None else np.where(rows, told, rate)
    is_told = rate > 0
    if is_told.any():
        found.put("soc.sampling_rate", rate, is_told)


def _by_state(records: Records, state: State) -> Ints | None:
    sampler = records.number(*_SAMPLER)
    if sampler is not None and state.samplers:
        return _looked_up(sampler, state.samplers)
    rate = np.full(len(records), state.rate or 0, np.int64)
    interface = records.number((0, 10), (0, 252))
    if interface is not None and state.interfaces:
        told = _looked_up(interface, state.interfaces)
        return np.where(told > 0, told, rate)
    return rate if state.rate else None


def _looked_up(keys: Ints, table: Any) -> Ints:
    known, place = np.unique(keys, return_inverse=True)
    return np.array([table.get(key, 0) for key in known.tolist()], np.int64)[place]


def _names(found: Columns, records: Records, origin: Origin) -> None:
    """Names of interfaces and VRFs, as options data told them when the flow came."""
    for column, keys, table in _NAMED:
        number = records.number(*keys)
        if number is None:
            continue
        label = np.zeros(len(records), np.int64)
        for state, rows in origin.states:
            names = getattr(state, table)
            if names:
                numbers = {key: origin.labels.number(name) for key, name in names.items()}
                told = _looked_up(number, numbers)
                label = told if rows is None else np.where(rows, told, label)
        if label.any():
            found.labels[column] = label


_NAMED: tuple[tuple[str, tuple[Key, ...], str], ...] = (
    ("observer.ingress.interface.name", _iana(10, 252), "names"),
    ("observer.egress.interface.name", _iana(14, 253), "names"),
    ("soc.vrf", _iana(234), "vrfs"),
)
_SKEW_US = 60_000_000  # under a minute is nothing to tell


def _skew(found: Columns, origin: Origin) -> None:
    """Exporter's clock less ours, milliseconds, where it is off by a minute or more."""
    messages = origin.messages
    skew = np.where(messages.arrival_us >= 0, messages.export_us - messages.arrival_us, 0)
    is_off = np.abs(skew) >= _SKEW_US
    if is_off[origin.message].any():
        found.put("soc.exporter_skew_s", skew[origin.message] // 1_000, is_off[origin.message])
