"""Addresses as integers: parse strictly, merge, subtract, split, look up; v4 and v6 alike.

A network is a family, its first address and a prefix length. Families are never mixed; a
v4-mapped address (``::ffff:192.0.2.1``) is the v4 address. Nothing here resolves a name.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from soc import _net_spans, _net_spell
from soc._net_spans import BITS, HOSTS
from soc.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


class Network(NamedTuple):
    """A prefix in canonical form; one address is the prefix of full length.

    Sorts by family, then first address, then length. Made by ``address``, ``network``,
    ``span``, ``merge`` and ``subtract``; host bits of ``value`` are zero.
    """

    family: int  # 4 or 6
    value: int  # first address
    length: int  # of the prefix, 0 to 32 or 128

    @property
    def first(self) -> int:
        """First address, as a number."""
        return self.value

    @property
    def last(self) -> int:
        """Last address, as a number."""
        return self.value + HOSTS[self.family][self.length]

    @property
    def size(self) -> int:
        """Number of addresses."""
        return HOSTS[self.family][self.length] + 1

    @property
    def is_host(self) -> bool:
        """True for a single address."""
        return self.length == BITS[self.family]

    @property
    def cidr(self) -> str:
        """Canonical text with the length, also for a single address."""
        return f"{self._spelled()}/{self.length}"

    def contains(self, other: Network) -> bool:
        """True where every address of ``other`` is one of ours."""
        return (
            self.family == other.family
            and self.length <= other.length
            and self.value == other.value & ~HOSTS[self.family][self.length]
        )

    def overlaps(self, other: Network) -> bool:
        """True where the two share an address."""
        return self.contains(other) or other.contains(self)

    def __str__(self) -> str:
        """Canonical text: ``192.0.2.1``, ``2001:db8::/32``; parsing it gives the same network."""
        return self._spelled() if self.is_host else self.cidr

    def _spelled(self) -> str:
        return (
            _net_spell.spelled4(self.value) if self.family == 4 else _net_spell.spelled6(self.value)
        )


def address(text: str) -> Network:
    """The network of one strictly written address.

    Raises:
        InputError: anything but four plain decimal octets or an RFC 4291 text without zone.
    """
    raw = _net_spell.packed(text)
    if raw is None:
        raise InputError(f"address: {text[:80]!r}: write one plain IPv4 or IPv6 address")
    value = int.from_bytes(raw, "big")
    if len(raw) == 4:
        return Network(4, value, 32)
    if value >> 32 == _net_spell.MAPPED:
        return Network(4, value & 0xFFFF_FFFF, 32)
    return Network(6, value, 128)


def network(text: str) -> Network:
    """The network of a strictly written address or prefix.

    Raises:
        InputError: not an address, a length that does not fit, or host bits that are set.
    """
    head, slash, tail = text.partition("/")
    host = address(head)
    if not slash:
        return host
    bits = 128 if ":" in head else 32
    length = _length(tail, bits)
    if length is None:
        raise InputError(f"network: {text[:80]!r}: write a length from 0 to {bits} after the /")
    if bits == 128 and host.family == 4:
        length = _mapped_length(text, length)
    found = Network(host.family, host.value & ~HOSTS[host.family][length], length)
    if found.value != host.value:
        raise InputError(f"network: {text[:80]!r}: host bits are set; write {found}")
    return found


def _length(text: str, bits: int) -> int | None:
    """A prefix length in plain decimal digits; None for anything else."""
    is_plain = text.isascii() and text.isdigit() and len(text) <= 3
    if not is_plain or (text[0] == "0" and text != "0"):
        return None
    return int(text) if int(text) <= bits else None


def _mapped_length(text: str, length: int) -> int:
    if length < 96:
        raise InputError(f"network: {text[:80]!r}: a v4-mapped prefix has at least 96 bits")
    return length - 96


def span(family: int, first: int, last: int) -> list[Network]:
    """The fewest networks that hold exactly the addresses from ``first`` to ``last``."""
    return [Network(family, *block) for block in _net_spans.blocks(first, last, BITS[family])]


def merge(networks: Iterable[Network]) -> list[Network]:
    """The fewest networks that hold exactly the same addresses, sorted."""
    return [
        found for family, spans in _joined(networks).items() for found in _networks(family, spans)
    ]


def subtract(networks: Iterable[Network], holes: Iterable[Network]) -> list[Network]:
    """The fewest networks that hold what of ``networks`` lies in no hole, sorted."""
    taken = _joined(holes)
    return [
        found
        for family, spans in _joined(networks).items()
        for found in _networks(family, _net_spans.minus(spans, taken[family]))
    ]


def _networks(family: int, spans: list[_net_spans.Span]) -> list[Network]:
    """The networks of canonical spans; most spans of a blocklist are single addresses."""
    bits = BITS[family]
    found: list[Network] = []
    for first, last in spans:
        if first == last:
            found.append(Network(family, first, bits))
        else:
            found.extend(Network(family, *block) for block in _net_spans.blocks(first, last, bits))
    return found


def _joined(networks: Iterable[Network]) -> dict[int, list[_net_spans.Span]]:
    """Canonical spans by family."""
    keys: dict[int, list[int]] = {4: [], 6: []}
    for family, value, length in networks:
        keys[family].append(value << 8 | length)
    return {family: _net_spans.join(found, family) for family, found in keys.items()}


def covers(networks_sorted: list[Network], network: Network) -> bool:
    """True where every address of ``network`` is in the list, which ``merge`` has made."""
    place = bisect_right(networks_sorted, (network.family, network.value, 129))
    return place > 0 and networks_sorted[place - 1].contains(network)


def common(networks_sorted: list[Network], network: Network) -> list[Network]:
    """What the network has in common with the list, which ``merge`` has made."""
    if covers(networks_sorted, network):
        return [network]
    found = []
    for place in range(bisect_left(networks_sorted, network), len(networks_sorted)):
        if not network.contains(networks_sorted[place]):
            break
        found.append(networks_sorted[place])
    return found


class Lookup(Generic[T]):
    """Values by prefix; the longest prefix that holds the address answers.

    Of equal prefixes the one given last answers ``get``; ``all`` gives every one.
    """

    def __init__(self, pairs: Iterable[tuple[Network, T]]) -> None:
        tables: dict[int, dict[int, dict[int, list[T]]]] = {4: {}, 6: {}}
        for (family, value, length), item in pairs:
            tables[family].setdefault(length, {}).setdefault(value, []).append(item)
        self._tables = {
            family: [
                (length, ~HOSTS[family][length], table[length])
                for length in sorted(table, reverse=True)
            ]
            for family, table in tables.items()
        }  # by family, longest prefix first: (length, mask, values by first address)

    def get(self, network: Network) -> T | None:
        """The value of the longest prefix that holds the whole address or network."""
        for length, mask, table in self._tables[network.family]:
            if length <= network.length:
                found = table.get(network.value & mask)
                if found:
                    return found[-1]
        return None

    def all(self, network: Network) -> list[T]:
        """Every value whose prefix holds the whole address or network, longest prefix first."""
        return [
            item
            for length, mask, table in self._tables[network.family]
            if length <= network.length
            for item in table.get(network.value & mask, ())
        ]


def twin(text: str) -> bytes:
    """The 16-byte big-endian form of an address, v4 mapped.

    Raises:
        InputError: not a strictly written address.
    """
    found = address(text)
    upper = _net_spell.MAPPED << 32 if found.family == 4 else 0
    return (upper | found.value).to_bytes(16, "big")


def bounds(network: Network) -> tuple[bytes, bytes]:
    """Twins of the first and the last address: a CIDR as one range over a twin column."""
    upper = _net_spell.MAPPED << 32 if network.family == 4 else 0
    first, last = upper | network.first, upper | network.last
    return first.to_bytes(16, "big"), last.to_bytes(16, "big")


def untwin(raw: bytes) -> str:
    """Canonical text of a twin."""
    value = int.from_bytes(raw, "big")
    if value >> 32 == _net_spell.MAPPED:
        return _net_spell.spelled4(value & 0xFFFF_FFFF)
    return _net_spell.spelled6(value)


def twins(array: pa.Array) -> pa.Array:
    """The twin of each text (plain or dictionary-encoded), null where it is no address.

    Each distinct text is parsed once.
    """
    from soc import _net_twins

    return _net_twins.twins(array)


def texts(array: pa.Array) -> pa.DictionaryArray:
    """The canonical text of each twin (binary, plain or dictionary-encoded); null stays null."""
    from soc import _net_twins

    return _net_twins.texts(array)
