"""ipset: a file that ``ipset restore`` reads, one set a family, swapped in when it is whole.

A restore that fails half-way leaves its earlier lines applied; here they fill a set that no
rule uses yet. The rule is the site's own: ``iptables -t raw -I PREROUTING -m set --match-set
soc_block4 src -j DROP``, and ``ip6tables`` with ``soc_block6``.
Source: ipset(8); tried with ipset 7.17.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import ceil

from playbooks.blocklists import Entry, valid_until
from soc.errors import InputError
from soc.net import Network, network

SUFFIX = ".ipset"
CAPACITY: int | None = 1_048_576
EXPIRES = True  # each element carries its own end
LONGEST_S = 2_147_483  # of a timeout; the kernel refuses more
SETS = {4: "soc_block4", 6: "soc_block6"}

_FAMILY = {4: "inet", 6: "inet6"}
_COMMENT = re.compile(
    r"# soc blocklist \d+, \d+ entries, \S+, valid until \S+"
    r"(, \d+ timeouts cut to 2147483 s: publish again before)?"
)
_ADD = re.compile(r"add soc_new([46]) ([0-9a-f.:/]+) timeout (0|[1-9][0-9]*)")


def render(entries: Sequence[Entry], at: datetime, version: int) -> str:
    """The whole file: both sets with the seconds that each element has left.

    A longer timeout than the kernel takes is cut, and the first line says how many were.

    Raises:
        InputError: an entry that has ended at ``at``, or a prefix of length 0.
    """
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    long = sum(_left_s(entry, at) > LONGEST_S for entry in entries)
    cut = f", {long} timeouts cut to {LONGEST_S} s: publish again before" if long else ""
    said = f"{len(entries)} entries, {stamp}, valid until {valid_until(entries)}{cut}"
    ranked = sorted(entries, key=_place)
    sets = (_set(family, ranked, at) for family in SETS)
    return f"# soc blocklist {version}, {said}\n" + "".join(line for each in sets for line in each)


def _place(entry: Entry) -> Network:
    return entry.network


def _set(family: int, entries: Sequence[Entry], at: datetime) -> Iterator[str]:
    """Lines that make one set; the new one is filled beside the old, then takes its place."""
    yield from _opening(family)
    for entry in entries:
        if entry.network.family == family:
            left_s = min(_left_s(entry, at), LONGEST_S)
            yield f"add soc_new{family} {entry.network} timeout {left_s}\n"
    yield from _closing(family)


def _opening(family: int) -> list[str]:
    facts = f"hash:net family {_FAMILY[family]} maxelem {CAPACITY} timeout 0"
    return [
        f"create -exist {SETS[family]} {facts}\n",  # the same facts ever: -exist asks for that
        f"create -exist soc_new{family} {facts}\n",
        f"flush soc_new{family}\n",
    ]


def _closing(family: int) -> list[str]:
    return [f"swap soc_new{family} {SETS[family]}\n", f"destroy soc_new{family}\n"]


def _left_s(entry: Entry, at: datetime) -> int:
    """Seconds that the entry has left; 0 without an end, which ipset takes for good."""
    if not entry.network.length:
        raise InputError(f"ipset: {entry.network}: hash:net takes no length 0; leave it out")
    if entry.expires_at is None:
        return 0
    left_s = ceil((entry.expires_at - at).total_seconds())
    if left_s <= 0:
        raise InputError(f"ipset: {entry.network}: has ended; leave it out")
    return left_s


def parse(text: str) -> list[Network]:
    """The networks of both sets of a rendered file.

    Raises:
        InputError: a line that a rendered file does not have, or one that is missing.
    """
    lines = text.split("\n")
    if not _COMMENT.fullmatch(lines[0]) or lines[-1]:
        raise InputError(f"ipset: {lines[0][:80]!r}: is no whole file of ours; export it again")
    adds = [line for line in lines[1:-1] if line.startswith("add ")]
    frame = [f"{line}\n" for line in lines[1:-1] if not line.startswith("add ")]
    if frame != [line for family in SETS for line in _opening(family) + _closing(family)]:
        raise InputError("ipset: the lines around the elements differ; export the file again")
    return [_parsed(line) for line in adds]


def _parsed(line: str) -> Network:
    element = _ADD.fullmatch(line)
    found = network(element[2]) if element else None
    if element is None or found is None or str(found.family) != element[1]:
        raise InputError(f"ipset: {line[:80]!r}: is no element; export the file again")
    return found
