"""Addresses as ledgers write them: single, prefix, range, wildcard, with port, as URL, mapped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from collectors._ledger_problem import Problem
from collectors._ledger_text import is_blank, plain
from soc import net
from soc.errors import InputError

SIZE_LIMIT = 4_096  # addresses of one asset; more is a network, not an asset
_COUNT_LIMIT = 512  # members of one cell

_SPLIT = re.compile(r"[、,;|\s()]+|和|及|映射(?:到|为|至)?|->|=>|→|⇒|<->")
_LABEL = re.compile(
    r"^(?P<word>公网|外网|互联网|出口|nat|内网|政务外网|专网|局域网|vip|虚拟ip|虚拟|浮动ip|管理|业务"
    r"|ipv4|ipv6|ip)+(?:ip)?(?:地址)?[:=]?",
    re.IGNORECASE,
)
_ROLES = (
    (("公网", "外网", "互联网", "出口", "nat"), "nat"),
    (("vip", "虚拟", "浮动"), "virtual"),
    (("管理",), "management"),
)
_V4 = r"\d+\.\d+\.\d+\.\d+"
_NUMBERS = re.compile(r"^\d+\.\d+\.\d+(?:\.|$)")
_V4_ONLY = re.compile(rf"^{_V4}$")
_V4_PORT = re.compile(rf"^({_V4}):(\d+)$")
_V4_RANGE = re.compile(rf"^({_V4})-({_V4})$")
_V4_SHORT = re.compile(r"^(\d+\.\d+\.\d+\.)(\d+)-(\d+)$")
_V4_STAR = re.compile(r"^(\d+\.\d+\.\d+)\.(?:\*|x|X)$")
_V4_MASK = re.compile(rf"^({_V4})/({_V4})$")
_V6_BRACKET = re.compile(r"^\[([0-9a-fA-F:.]+)(?:%\w+)?\](?::(\d+))?$")
_V6_RANGE = re.compile(r"^([0-9a-fA-F:]*:[0-9a-fA-F:]*)-([0-9a-fA-F:]*:[0-9a-fA-F:]*)$")
_DOMAIN = re.compile(
    r"^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$"
)
_PORTS = {"http": 80, "https": 443, "ftp": 21, "ssh": 22, "rtsp": 554}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is reached, as one member of a cell says it."""

    address: str | None = None  # canonical: an address, a prefix, or first-last
    role: str | None = None  # nat, virtual, management; None: where the service is
    port: int | None = None
    domain: str | None = None
    note: str | None = None  # how it was read, where that is not obvious


def places(cell: str, role: str | None = None) -> list[Place]:
    """Every address and name in a cell.

    Args:
        role: of members that have no label of their own, such as 公网 or VIP.

    Raises:
        Problem: a member is no address, or names too many of them.
    """
    return [] if is_blank(cell) else list(_places(plain(cell), role))


@lru_cache(maxsize=4_096)
def _places(text: str, role: str | None) -> tuple[Place, ...]:
    if _V4_ONLY.match(text):
        return (Place(_one(text), role),)
    members = [m for m in _masked(_SPLIT.split(text)) if m]
    if len(members) > _COUNT_LIMIT:
        raise Problem(f"{len(members)} addresses", "too_many")
    has_arrow = re.search(r"映射|->|=>|→|⇒", text) is not None
    found: list[Place] = []
    for number, member in enumerate(_slashed(members)):
        default = role or ("nat" if has_arrow and number == 0 else None)
        found += _member(member, default)
    return tuple(found)


def _masked(members: list[str]) -> list[str]:
    """``192.0.2.0 255.255.255.0`` is one member."""
    joined: list[str] = []
    for member in members:
        if member.startswith("255.") and joined and _V4_ONLY.match(joined[-1]):
            joined[-1] = f"{joined[-1]}/{member}"
        else:
            joined.append(member)
    return joined


def _slashed(members: list[str]) -> list[str]:
    """A slash parts addresses where it stands for no prefix, mask or URL."""
    found: list[str] = []
    for member in members:
        halves = member.split("/")
        is_list = (
            "://" not in member
            and len(halves) > 1
            and all(_V4_ONLY.match(half) and not half.startswith("255.") for half in halves)
        )
        found += halves if is_list else [member]
    return found


def _member(text: str, role: str | None) -> list[Place]:
    label = _LABEL.match(text)
    if label:
        role = _role(label.group(0)) or (None if "内网" in label.group(0) else role)
        text = text[label.end() :]
    if not text:
        return []
    if "://" in text:
        return [_url(text, role)]
    return [_bare(text, role)]


def _role(label: str) -> str | None:
    low = label.lower().replace("政务外网", "")
    return next((role for words, role in _ROLES if any(word in low for word in words)), None)


def _url(text: str, role: str | None) -> Place:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError as error:
        raise Problem(text, "url_port") from error
    if not host:
        raise Problem(text, "url_host")
    if ":" in host or _V4_ONLY.match(host):
        return Place(_one(host), role, port)
    return Place(None, role, port, _domain(host))


def _bare(text: str, role: str | None) -> Place:
    """One member without scheme."""
    if match := _V4_PORT.match(text):
        return Place(_one(match[1]), role, _port(match[2], text))
    if match := _V6_BRACKET.match(text):
        return Place(_one(match[1]), role, _port(match[2], text) if match[2] else None)
    name, _, port = text.partition(":")
    host = name.partition("/")[0]
    if not _is_name(host) or ":" in port:
        address, note = _span(text)
        return Place(address, role, note=note)
    return Place(None, role, _port(port.partition("/")[0], text) if port else None, _domain(host))


def _is_name(host: str) -> bool:
    """True for what ends in letters, unless it begins as an address does."""
    return _NUMBERS.match(host) is None and host.rpartition(".")[2][:1].isalpha()


def _span(text: str) -> tuple[str, str | None]:
    """An address, prefix or range in canonical text, and how it was read."""
    if match := _V4_STAR.match(text):
        return _network(f"{match[1]}.0/24", text)
    if match := _V4_RANGE.match(text):
        return _range(match[1], match[2]), None
    if match := _V4_SHORT.match(text):
        return _range(match[1] + match[2], match[1] + match[3]), None
    if match := _V6_RANGE.match(text):
        return _range(match[1], match[2]), None
    if match := _V4_MASK.match(text):
        return _network(f"{match[1]}/{_length(match[2])}", text)
    if "/" in text:
        return _network(text, text)
    return _one(text.partition("%")[0]), None


def _one(text: str) -> str:
    """One address in canonical text."""
    return str(_parsed(text))


def _parsed(text: str) -> net.Network:
    try:
        return net.address(text)
    except InputError as error:
        raise _no_address(text) from error


def _no_address(text: str) -> Problem:
    """Octets with leading zeros may be octal: the decimal reading is proposed, never taken."""
    decimal = ".".join(str(int(octet)) for octet in text.split(".")) if _V4_ONLY.match(text) else ""
    if decimal and decimal != text:
        try:
            return Problem(text, "octal", decimal=str(net.address(decimal)))
        except InputError:
            pass
    return Problem(text, "address")


def _network(text: str, raw: str) -> tuple[str, str | None]:
    head, _, tail = text.partition("/")
    host = _parsed(head)
    bits = 32 if host.family == 4 else 128
    if not (tail.isascii() and tail.isdigit() and int(tail[:4]) <= bits):
        raise Problem(raw, "prefix", bits=bits)
    whole = (1 << bits) - 1
    value = host.value & (whole << (bits - int(tail)) & whole)
    found = net.Network(host.family, value, int(tail))
    _check_size(found.size, raw)
    note = None if value == host.value else f"{raw}: read as the network {found}"
    return str(found), note


def _length(mask: str) -> int:
    value = _parsed(mask).value
    length = bin(value).count("1")
    if value != (0xFFFF_FFFF << (32 - length)) & 0xFFFF_FFFF:
        raise Problem(mask, "mask")
    return length


def _range(first: str, last: str) -> str:
    low, high = _parsed(first), _parsed(last)
    text = f"{first}-{last}"
    if low.family != high.family or low.value > high.value:
        raise Problem(text, "order")
    _check_size(high.value - low.value + 1, text)
    blocks = net.span(low.family, low.value, high.value)
    return str(blocks[0]) if len(blocks) == 1 else f"{low}-{high}"


def _check_size(size: int, text: str) -> None:
    if size > SIZE_LIMIT:
        raise Problem(text, "too_large", limit=SIZE_LIMIT)


def _port(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65_535):
        raise Problem(whole, "port_after")
    return int(text)


def _domain(text: str) -> str:
    name = text.rstrip(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError as error:
        raise Problem(text, "name") from error
    if not _DOMAIN.match(name):
        raise Problem(text, "name")
    return name
