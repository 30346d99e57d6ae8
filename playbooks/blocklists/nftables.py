"""nftables: one file that ``nft -f`` loads in one transaction, as often as one likes.

It keeps a table of its own (``inet soc_block``) with a set a family and a prerouting chain;
other tables are not touched. Each element ends by itself: a dead publisher leaves no old bans.
Source: nft(8), SETS and CHAINS; tried with nftables 1.0.6.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil

from playbooks.blocklists import Entry, valid_until
from soc.errors import InputError
from soc.net import Network, network

SUFFIX = ".nft"
CAPACITY: int | None = None
EXPIRES = True  # each element carries its own end

_SETS = {4: "block4", 6: "block6"}
_HEAD = """\
table inet soc_block {
	set block4 {
		type ipv4_addr
		flags interval, timeout
	}
	set block6 {
		type ipv6_addr
		flags interval, timeout
	}
	chain prerouting {
		type filter hook prerouting priority raw; policy accept;
	}
}
flush chain inet soc_block prerouting
flush set inet soc_block block4
flush set inet soc_block block6
table inet soc_block {
	chain prerouting {
		ip saddr @block4 counter drop
		ip daddr @block4 counter drop
		ip6 saddr @block6 counter drop
		ip6 daddr @block6 counter drop
	}
}
"""  # a chain on one line is a syntax error in nftables 1.0.6
_COMMENT = re.compile(r"# soc blocklist \d+, \d+ entries, \S+, valid until \S+")
_ADD = re.compile(r"add element inet soc_block (block4|block6) \{")
_ELEMENT = re.compile(r"\t([0-9a-f.:/]+)(?: timeout [1-9][0-9]*s)?,")


def render(entries: Sequence[Entry], at: datetime, version: int) -> str:
    """The whole file: skeleton, then the elements of both sets with the seconds they have left.

    Raises:
        InputError: an entry that has ended at ``at``; it must not reach a device.
    """
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = f"{len(entries)} entries, {stamp}, valid until {valid_until(entries)}"
    parts = [f"# soc blocklist {version}, {said}\n", _HEAD]
    for family, name in _SETS.items():
        found = sorted((e for e in entries if e.network.family == family), key=_place)
        if found:
            lines = "".join(_element(entry, at) for entry in found)
            parts.append(f"add element inet soc_block {name} {{\n{lines}}}\n")
    return "".join(parts)


def _place(entry: Entry) -> Network:
    return entry.network


def _element(entry: Entry, at: datetime) -> str:
    if entry.expires_at is None:
        return f"\t{entry.network},\n"
    left_s = ceil((entry.expires_at - at).total_seconds())
    if left_s <= 0:
        raise InputError(f"nftables: {entry.network}: has ended; leave it out")
    return f"\t{entry.network} timeout {left_s}s,\n"


def parse(text: str) -> list[Network]:
    """The networks of both sets of a rendered file.

    Raises:
        InputError: a line that a rendered file does not have.
    """
    comment, _, rest = text.partition("\n")
    if not _COMMENT.fullmatch(comment) or not rest.startswith(_HEAD):
        raise InputError(f"nftables: {comment[:80]!r}: is no file of ours; export it again")
    lines = rest[len(_HEAD) :].split("\n")[:-1]
    return [found for line in lines if (found := _parsed(line)) is not None]


def _parsed(line: str) -> Network | None:
    if line == "}" or _ADD.fullmatch(line):
        return None
    element = _ELEMENT.fullmatch(line)
    if element is None:
        raise InputError(f"nftables: {line[:80]!r}: is no element; export the file again")
    return network(element[1])
