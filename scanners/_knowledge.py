"""Knowledge that is imported as a dated file: when makers stop mending their products.

Nothing is fetched: somebody brings the file of endoflife.date, as one JSON document by product,
and says as of when it is. It goes beside the data that come with the program, and where both
know a cycle the imported day holds.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc.errors import InputError

if TYPE_CHECKING:
    from soc.context import Context

LIMIT_BYTES = 20 << 20
STALE_DAYS = 90
_CYCLE = re.compile(r"\d+(?:\.\d+)*")
_PLACE = ("knowledge", "end_of_life.json")
Cycles = Mapping[str, Mapping[str, date]]  # product -> cycle -> last day; date.max: still mended


@dataclass(frozen=True, slots=True)
class Knowledge:
    """An imported file: what it says, who made it, and as of when."""

    source: str
    as_of: date
    digest: str  # SHA-256 of the file as it came
    cycles: Cycles


def take(path: Path, source: str, as_of: date, context: Context) -> dict[str, Any]:
    """Keep a file of product cycles in place of the one before; it is audited.

    Raises:
        InputError: not readable, too large, no such file, or as of a day to come.
        ScopeError: this login may not change what the site knows.
    """
    context.actor.require("admin")
    today = context.calendar.date_of(context.clock.now())
    if as_of > today:
        raise InputError(f"--as-of {as_of}: is still to come; give the day of the file")
    content = _content(path)
    found = Knowledge(source, as_of, sha256(content).hexdigest(), _cycles(path, content, as_of))
    _keep(found, context.store.home.joinpath(*_PLACE))
    author = context.actor.author()
    context.store.audit.append(
        {
            "action": "imported",
            "kind": "knowledge",
            "id": "end_of_life",
            "login": author.login,
            "person": author.person,
            "through": author.through,
            "reason": f"{path.name}, {source}, as of {as_of}, sha256 {found.digest}",
        }
    )
    return line(found, today)


def standing(context: Context) -> list[dict[str, Any]]:
    """What was imported, with its age; empty where nothing was."""
    found = held(context.store.home)
    today = context.calendar.date_of(context.clock.now())
    return [line(found, today)] if found else []


def line(found: Knowledge, today: date) -> dict[str, Any]:
    """As commands print it."""
    return {
        "kind": "end_of_life",
        "source": found.source,
        "as_of": found.as_of.isoformat(),
        "products": len(found.cycles),
        "cycles": sum(len(each) for each in found.cycles.values()),
        "sha256": found.digest,
        "stale": (today - found.as_of).days > STALE_DAYS,
    }


def held(home: Path) -> Knowledge | None:
    """What a home holds; None where nothing was imported.

    Raises:
        InputError: the kept file was altered so that it cannot be read.
    """
    path = home.joinpath(*_PLACE)
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(path, stamp)


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> Knowledge:
    try:
        told = json.loads(path.read_bytes())
        cycles = {
            product: {name: date.fromisoformat(day) for name, day in each.items()}
            for product, each in told["cycles"].items()
        }
        return Knowledge(told["source"], date.fromisoformat(told["as_of"]), told["sha256"], cycles)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is broken ({error}); import the file again") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be read") from error
    if len(content) > LIMIT_BYTES:
        raise InputError(f"{path}: is over {LIMIT_BYTES >> 20} MiB: is no list of product cycles")
    return content


def _cycles(path: Path, content: bytes, as_of: date) -> Cycles:
    """Cycles by product; those whose name is no version are left out."""
    try:
        told = json.loads(content)
        found = {product: _product(each, as_of) for product, each in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: is no file of product cycles ({error!r}): bring JSON as product: "
            '[{"releaseCycle": "1.2", "eol": "2026-01-31"}]'
        ) from error
    if not any(found.values()):
        raise InputError(f"{path}: names no cycle of any product: is it the right file?")
    return {product: each for product, each in found.items() if each}


def _product(cycles: list[dict[str, Any]], as_of: date) -> dict[str, date]:
    return {
        name: _end(each["eol"], as_of)
        for each in cycles
        if _CYCLE.fullmatch(name := str(each["releaseCycle"]))
    }


def _end(told: object, as_of: date) -> date:
    """The last day; true says that it ended by the day of the file, false that it did not."""
    if isinstance(told, bool):
        return as_of if told else date.max
    return date.fromisoformat(str(told))


def _keep(found: Knowledge, path: Path) -> None:
    """The whole file or none of it."""
    document = {
        "source": found.source,
        "as_of": found.as_of.isoformat(),
        "sha256": found.digest,
        "cycles": {
            product: {name: day.isoformat() for name, day in each.items()}
            for product, each in found.cycles.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)
