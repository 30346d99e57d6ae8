"""Which words are another unit's: its names, its systems, its assets, its addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports._literal import defanged, printable
from soc.errors import InputError
from soc.net import Network, common, covers, merge, network
from soc.text import text

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records.unit import Unit
    from soc.text import Language

_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}"
    r"(?:\.\d{1,3}){0,3})(?:/\d{1,3})?"
)
_SHORTEST = {"unit": 2, "system": 4, "asset": 4}  # letters of a name that is looked for
_CUT = 3  # letters of a name cut off by a table that give it away


@dataclass(frozen=True)
class Words:
    """What is ours, what is others', and what stands in its place."""

    own: frozenset[str]
    others: frozenset[str]
    own_networks: tuple[Network, ...]  # merged
    other_networks: tuple[Network, ...]  # merged; what is ours as well is ours
    somebody: str
    somewhere: str

    def __post_init__(self) -> None:
        known = sorted(self.own | self.others, key=lambda name: (-len(name), name))
        pattern = "|".join(map(re.escape, known))
        object.__setattr__(self, "_names", re.compile(pattern) if pattern else None)

    def is_foreign(self, said: str) -> bool:
        """True where the text names another unit, or shows an address of one."""
        return self.clean(said) != said

    def is_own(self, said: str) -> bool:
        """True where the text names us, or shows an address of ours."""
        if any(covers(list(self.own_networks), found) for _, found in _addresses(said)):
            return True
        return any(found in self.own for found in self._found(said))

    def clean(self, said: str) -> str:
        """The text with names and addresses of others replaced."""
        named = self._pattern.sub(self._replaced, said) if self._pattern else said
        return self._uncut(self._without_addresses(named))

    @property
    def _pattern(self) -> re.Pattern[str] | None:
        found: re.Pattern[str] | None = self.__dict__["_names"]
        return found

    def _found(self, said: str) -> list[str]:
        """Names in the text, each letter in one name only: the longest that begins first."""
        return self._pattern.findall(said) if self._pattern else []

    def _replaced(self, found: re.Match[str]) -> str:
        return found[0] if found[0] in self.own else self.somebody

    def _without_addresses(self, said: str) -> str:
        foreign = [shown for shown, found in _addresses(said) if self._is_elsewhere(found)]
        for shown in sorted(foreign, key=len, reverse=True):
            said = re.sub(rf"(?<![\w.:]){re.escape(shown)}", self.somewhere, said)
        return said

    def _is_elsewhere(self, found: Network) -> bool:
        is_ours = covers(list(self.own_networks), found)
        return not is_ours and bool(common(list(self.other_networks), found))

    def _uncut(self, said: str) -> str:
        """A name that a table cut short is a name all the same."""
        if not said.endswith("…"):
            return said
        head = said[:-1]
        for name in self.others - self.own:
            for length in range(len(name) - 1, _CUT - 1, -1):
                if head.endswith(name[:length]):
                    return head[:-length] + self.somebody + "…"
        return said


def _addresses(said: str) -> Iterator[tuple[str, Network]]:
    """Addresses and networks in a text, as they are shown and as they are."""
    for found in _ADDRESS.finditer(said):
        for shown in (found[0], found[0].rstrip(":"), found[0].partition("/")[0]):
            try:
                yield shown, network(shown)
            except InputError:
                continue
            break


def words_of(unit: Unit, context: Context, language: Language) -> Words:
    """What the ledger says is that unit's, and others'."""
    own = frozenset(_names(context, unit.id))
    others = frozenset(
        name
        for record in context.store.records.find("unit")
        if record.id != unit.id
        for name in _names(context, record.id)
    )
    claims = list(context.estate.own())
    ours = merge(c.network for c in claims if c.owner.unit == unit.id)
    theirs = merge(c.network for c in claims if c.owner.unit != unit.id)
    return Words(
        own=own,
        others=others - own,
        own_networks=tuple(ours),
        other_networks=tuple(theirs),
        somebody=text("report.copy.somebody", language),
        somewhere=text("report.copy.somewhere", language),
    )


def _names(context: Context, unit: str) -> Iterator[str]:
    """Every name by which the unit and what it has is known, as a report would print it."""
    from soc.where import Equals

    records = context.store.records
    held: list[Any] = [records.get("unit", unit)]
    for kind in ("system", "asset"):
        held += records.find(kind, Equals("unit", unit, cased=True))
    for record in held:
        for name in _called(record):
            if len(name) >= _SHORTEST[record.kind] and not name.isdecimal():
                yield from (name, defanged(printable(name)))


def _called(record: Any) -> Iterable[str]:
    yield record.name or ""
    yield getattr(record, "short_name", None) or ""
    yield from getattr(record, "domains", ())
    for alias in getattr(record, "aliases", ()):
        yield alias.name
