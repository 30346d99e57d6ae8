"""What keeps matches from the desk: suppressions in force, and our own scanners."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from soc import schema
from soc.errors import ConfigError, InputError
from soc.where import MANY, All, Cidr, Equals, Glob, Not, Where, Wild

if TYPE_CHECKING:
    from soc.net import Lookup
    from soc.records.alert import Alert
    from soc.records.suppression import Suppression

SCANNER = "scanner:"  # prefix of what hid a match of one of our own scanners
_NAMES = {
    "rule": "rule.id",
    "title": "rule.name",
    "entity": "soc.match.entity",
    "attacker": "soc.match.attacker",
    "victim": "soc.match.victim",
    "port": "soc.match.victim_port",
    "unit": "soc.match.unit",
    "system": "soc.match.system",
    "asset": "soc.match.asset",
    "direction": "soc.match.direction",
    "result": "soc.match.result",
    "observer": "observer.name",
}
Row = Mapping[str, Any]


def parse(text: str) -> Where:
    """A filter on matches, as people write it: ``attacker=192.0.2.0/24 and unit!=u1``.

    Every term must hold. A name is a column of ``match`` or one of the short names; a value
    with spaces stands in quotes; ``*`` stands for any text, a network for its addresses.

    Raises:
        ConfigError: a term that is none, or a column that there is not.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"filter {text!r}: {error}: close the quotes") from error
    terms = [_term(word) for word in words if word.lower() != "and"]
    if not terms:
        raise ConfigError(f"filter {text!r}: no term: write name=value")
    return All(tuple(terms))


def where_of(suppression: Suppression) -> Where:
    """What a suppression asks of a match: its rule, its entity and its filter, all of them.

    Raises:
        ConfigError: it names none of the three, or the filter is not one.
    """
    parts: list[Where] = []
    if suppression.rule:
        parts.append(Equals("rule.id", suppression.rule))
    if suppression.entity:
        parts.append(Equals("soc.match.entity", suppression.entity))
    if suppression.filter:
        parts.append(parse(suppression.filter))
    if not parts:
        raise ConfigError(f"suppression {suppression.id}: it would hide everything: narrow it")
    return All(tuple(parts))


@dataclass(frozen=True, slots=True)
class Silences:
    """What is hidden now: id of a suppression and its test, and the networks of own scanners."""

    tests: Sequence[tuple[str, Callable[[Row], bool]]]
    scanners: Lookup[str]  # network -> name of the source

    def hiding(self, row: Row) -> str | None:
        """What hides the match: an own scanner, else the first suppression by id; else None."""
        from soc.net import address

        for text in row["soc.match.attacker"]:
            try:
                name = self.scanners.get(address(text))
            except InputError:
                continue
            if name:
                return SCANNER + name
        return next((name for name, test in self.tests if test(row)), None)


def compiled(suppressions: Sequence[Suppression], scanners: Lookup[str]) -> Silences:
    """The suppressions as tests, in the order of their ids."""
    ordered = sorted(suppressions, key=lambda entry: entry.id)
    return Silences([(entry.id, tested(entry)) for entry in ordered], scanners)


def tested(suppression: Suppression) -> Callable[[Row], bool]:
    """The suppression as a test of a match row."""
    from soc._evaluate import compile as compile_where

    test = compile_where(where_of(suppression), "match")
    return lambda row: test(row)


def as_row(alert: Alert) -> dict[str, Any]:
    """An alert as if it were one match, so that one filter serves both."""
    victims = [endpoint_address(victim.endpoint) for victim in alert.victims]
    return {
        "rule.id": alert.rule,
        "rule.name": alert.title,
        "rule.category": alert.category,
        "observer.name": list(alert.sources),
        "soc.match.entity": alert.entity,
        "soc.match.attacker": [attacker.address for attacker in alert.attackers],
        "soc.match.victim": [address for address, _ in victims],
        "soc.match.victim_port": [port for _, port in victims],
        "soc.match.unit": [victim.unit for victim in alert.victims],
        "soc.match.system": [victim.system for victim in alert.victims],
        "soc.match.asset": [victim.asset for victim in alert.victims],
        "soc.match.direction": alert.direction,
        "soc.match.result": alert.result,
    }


def endpoint(address: str, port: int | None) -> str:
    """Address, or address and port; a v6 address with a port stands in brackets."""
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def endpoint_address(text: str) -> tuple[str, int | None]:
    """The way back of ``endpoint``."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]:")
        return address, int(port)
    address, colon, port = text.partition(":")
    return (address, int(port)) if colon and ":" not in port else (text, None)


def _term(word: str) -> Where:
    name, sign, value = word.partition("=")
    if not sign or not name:
        raise ConfigError(f"filter: {word!r}: write name=value or name!=value")
    is_not = name.endswith("!")
    term = _compared(_NAMES.get(name.rstrip("!"), name.rstrip("!")), value)
    return Not(term) if is_not else term


def _compared(name: str, value: str) -> Where:
    field = schema.of("match").get(name)
    if field is None:
        short = ", ".join(_NAMES)
        raise ConfigError(f"filter: {name!r}: no column of match: use one of {short}")
    if field.type.is_address and "/" in value:
        return _network(name, value)
    if "*" not in value:
        return Equals(name, value)
    pieces: list[str | Wild] = []
    for number, part in enumerate(value.split("*")):
        pieces += [MANY] if number else []
        pieces += [part] if part else []
    return Glob(name, tuple(pieces))


def _network(name: str, value: str) -> Where:
    from soc.net import network

    try:
        return Cidr(name, str(network(value)))
    except InputError as error:
        raise ConfigError(f"filter: {error}") from error
