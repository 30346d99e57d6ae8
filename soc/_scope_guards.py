"""What is never blocked, by name: special-purpose ranges, own networks, lists in files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from soc.errors import ConfigError, InputError
from soc.net import Network, network
from soc.text import Language, subject, text

if TYPE_CHECKING:
    from soc.estate import Claim, Estate

Profile = Literal["ordinary", "documentation-allowed"]


@dataclass(frozen=True, slots=True)
class Guard:
    """Networks that are never blocked, and the name that a refusal gives as the reason."""

    name: str
    networks: tuple[Network, ...]


def special_purpose(profile: Profile) -> list[Guard]:
    """The blocks of ``soc/data/special_purpose.toml``; one guard a block.

    ``documentation-allowed`` leaves the documentation and benchmarking ranges out: a made day
    or a drill is played with those addresses.
    """
    return [
        Guard(f"{block['network']} {block['name']}", (network(block["network"]),))
        for block in _special()
        if profile == "ordinary" or block.get("group") != "documentation"
    ]


@cache
def _special() -> tuple[dict[str, str], ...]:
    resource = files("soc").joinpath("data", "special_purpose.toml")
    return tuple(tomllib.loads(resource.read_text(encoding="utf-8"))["block"])


def own(estate: Estate) -> Iterator[Guard]:
    """Everything that the ledger claims, by owner; an endpoint that has ended stays guarded."""
    groups: dict[str, list[Network]] = {}
    for claim in estate.own():
        groups.setdefault(_owner_name(claim), []).append(claim.network)
    for name in sorted(groups):
        yield Guard(name, tuple(groups[name]))


def _owner_name(claim: Claim) -> str:
    owner = claim.owner
    if owner.asset:
        return f"own asset {owner.asset}"
    return f"own unit {owner.unit}" if owner.unit else f"own zone {owner.zone}"


_SPECIAL = re.compile(r"(?P<network>[0-9a-f.:]+/\d+) (?P<words>.*) (?P<source>\(RFC .*\))")
_NAMED = ("own asset", "own unit", "own zone", "warning list", "list")


def guard_label(name: str, language: Language) -> str:
    """What people call a guard; a name that is none of ours is told as it is."""
    if name == "[estate] never_block":
        return text("scope.never_block", language)
    if match := _SPECIAL.fullmatch(name):
        key = re.sub("[^a-z0-9]+", "_", match["words"].lower()).strip("_")
        if key in {each.removeprefix("special.") for each in subject("scope", language)}:
            words = text(f"scope.special.{key}", language)
            return f"{match['network']} {words} {match['source']}"
    for begin in _NAMED:
        if name.startswith(f"{begin} "):
            rest = name.removeprefix(f"{begin} ")
            return text(f"scope.{begin.replace(' ', '_')}", language, name=rest)
    return name


def listed(name: str, texts: Iterable[str]) -> Guard:
    """A guard of networks written in the settings.

    Raises:
        ConfigError: one of them is no network.
    """
    return Guard(name, tuple(_setting(name, each) for each in texts))


def _setting(name: str, written: str) -> Network:
    try:
        return network(written)
    except InputError as error:
        raise ConfigError(f"{name}: {error}") from error


def from_file(path: Path) -> Guard:
    """The guard of a file: a MISP warning list (JSON of type cidr), or one network a line.

    In a plain list ``#`` begins a comment; host bits are cleared as MISP lists need it.

    Raises:
        ConfigError: the file cannot be read, or an entry is no network.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"[estate] guard_files: {path}: cannot be read; mend the path or save it as UTF-8"
        ) from error
    is_json = content.lstrip().startswith("{")
    name, entries = _misp(path, content) if is_json else _plain(path, content)
    return Guard(name, tuple(_entry(path, place, entry) for place, entry in entries))


def _plain(path: Path, content: str) -> tuple[str, list[tuple[int, str]]]:
    lines = enumerate((line.partition("#")[0].strip() for line in content.splitlines()), start=1)
    return f"list {path.name}", [(number, line) for number, line in lines if line]


def _misp(path: Path, content: str) -> tuple[str, list[tuple[int, str]]]:
    try:
        document: Any = json.loads(content)
        entries = [str(entry) for entry in document["list"]]
        kind, name = document.get("type", "cidr"), document.get("name", path.stem)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: is no MISP warning list; it needs name, type, list") from error
    if kind != "cidr":
        raise ConfigError(f"{path}: type {kind!r}: only warning lists of type cidr guard addresses")
    return f"warning list {name}", list(enumerate(entries, start=1))


def _entry(path: Path, place: int, entry: str) -> Network:
    head, slash, tail = entry.partition("/")
    try:
        return network(entry)
    except InputError as error:
        wider = _cleared(head, tail) if slash else None
        if wider is None:
            raise ConfigError(f"{path}: entry {place}: {error}") from error
        return wider


def _cleared(head: str, tail: str) -> Network | None:
    """The network around an address with host bits set: a guard may be wider, never narrower."""
    from ipaddress import ip_network

    try:
        return network(str(ip_network(f"{head}/{tail}", strict=False)))
    except (ValueError, InputError):
        return None
