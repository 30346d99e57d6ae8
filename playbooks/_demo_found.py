"""What became of a planted thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playbooks.simulate import _city as city
from soc.net import Network, network


@dataclass(frozen=True, slots=True)
class Found:
    """A planted thing and what became of it."""

    name: str
    found: bool
    by: str  # rule and alert, or verdict
    why: str = ""  # where it was not found


def neighbour(alone: Mapping[str, Any], blocked: Sequence[Network]) -> Iterator[Found]:
    """The exit of the next district: refused by itself, and spared in the network around it.

    ``alone`` is what was said to the proposal of that address, ``blocked`` the list as exported.
    """
    is_refused = bool(alone.get("refused")) and not alone.get("proposed")
    why = "" if is_refused else "not_refused"
    yield Found("neighbour_refused", is_refused, city.NEIGHBOUR if is_refused else "", why)
    around, exit_ = network(city.NEIGHBOURHOOD), network(city.NEIGHBOUR)
    parts = [found for found in blocked if around.contains(found)]
    is_split = sum(part.size for part in parts) == around.size - exit_.size
    is_split = is_split and not any(part.overlaps(exit_) for part in parts)
    told = ", ".join(str(part) for part in parts) if is_split else ""
    yield Found("neighbour_split", is_split, told, "" if is_split else "not_split")
