"""The chain itself: how an entry becomes a line, and where a file of lines stops being whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from soc._audit_head import Head
from soc.records._codec import canonical

Broken = tuple[int, str]  # line number from 1, why


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole file found."""

    ok: bool
    lines: int
    broken: Broken | None = None  # first broken line


def linked(entry: Mapping[str, Any], seq: int, previous: str) -> tuple[bytes, str]:
    """The line that follows ``previous`` as entry ``seq``, and its hash (SHA-256)."""
    document = {**entry, "seq": seq, "previous": previous}
    digest = sha256(canonical(document)).hexdigest()
    return canonical({**document, "hash": digest}) + b"\n", digest


def parsed(line: bytes) -> dict[str, Any] | None:
    """The entry of a line whose hash is that of its content; None otherwise."""
    try:
        document = orjson.loads(line)
        if canonical(document) + b"\n" != line:
            return None
        claimed = document["hash"]
        unsigned = {name: value for name, value in document.items() if name != "hash"}
        is_whole = sha256(canonical(unsigned)).hexdigest() == claimed
        return document if is_whole and isinstance(document["seq"], int) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def check(lines: Iterable[bytes], head: Head | None) -> Verdict:
    """Whether the lines are one chain from its first entry on, at least as far as the head."""
    walk = iter(lines)
    reached, anchored, count = Head(), head is None or head.seq == 0, 0
    for line in walk:
        count += 1
        entry = parsed(line)
        broken = _break(line, entry, reached, count)
        if broken or entry is None:
            return _verdict(broken, entry, reached, count, walk)
        reached = reached.after(entry, len(line))
        anchored = anchored or (head is not None and (head.seq, head.hash) == reached.mark)
    return _end(reached, head, anchored, count)


def _break(
    line: bytes, entry: Mapping[str, Any] | None, reached: Head, number: int
) -> Broken | None:
    if not line.endswith(b"\n"):
        return number, "truncated: the line is not finished"
    if entry is None:
        return number, "altered: its content does not have its hash"
    if entry["seq"] != reached.seq + 1:
        return number, "moved"
    if entry["previous"] != reached.hash:
        return max(number - 1, 1), "altered: the next line holds the hash of another one"
    return None


def _verdict(
    broken: Broken | None,
    entry: Mapping[str, Any] | None,
    reached: Head,
    count: int,
    rest: Iterator[bytes],
) -> Verdict:
    """A line out of turn was moved where the expected one still comes, else lines are missing."""
    later = [found for found in (parsed(line) for line in rest) if found is not None]
    lines = count + len(later)
    if broken is None or broken[1] != "moved" or entry is None:
        return Verdict(False, lines, broken)
    wanted, found = reached.seq + 1, entry["seq"]
    if found < wanted or any(other["seq"] == wanted for other in later):
        why = f"reordered: entry {found} where {wanted} should be"
    else:
        why = f"missing: entries {wanted} to {found - 1}"
    return Verdict(False, lines, (broken[0], why))


def _end(reached: Head, head: Head | None, anchored: bool, count: int) -> Verdict:
    if head is None and count:
        return Verdict(False, count, (count, "head missing: nobody can tell what followed"))
    if head is not None and head.seq > reached.seq:
        why = f"truncated: entries {reached.seq + 1} to {head.seq} are gone"
        return Verdict(False, count, (count + 1, why))
    if head is not None and not anchored:
        return Verdict(False, count, (head.seq, "altered: the head knows another entry here"))
    return Verdict(True, count)
