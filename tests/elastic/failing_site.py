"""A home that ships to the server that fails, and what must be true of the two."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli import jobs
from soc._open import open_context
from soc.actor import Actor
from soc.config import read
from soc.query import Marks, Window
from soc.store._elastic_document import identifier
from soc.store._elastic_names import marks, stream
from soc.store._ship_pace import Patience
from soc.store.log import DeltaLog
from tests.elastic.equation import Sides, in_letters, logged, rows_of
from tests.elastic.faulty import Faulty
from tests.elastic.faulty_cluster import POISON, Item, Refusal
from tests.elastic.troubled import DATASET, append, shipping_site

if TYPE_CHECKING:
    from soc.context import Clock, Context

NAMESPACE = "faults"
STREAM = stream(DATASET, NAMESPACE)
QUICK = Patience(first_s=0.01, most_s=0.05)
HASTY = Patience(first_s=0.01, most_s=0.05, away_s=1.0, refused_s=1.0)  # gives up soon


def refuse_poison(item: Item) -> Refusal | None:
    """What a mapping refuses that takes numbers only."""
    return POISON if b'"poison"' in item.source else None


@contextmanager
def failing_site(
    folder: Path,
    server: Faulty,
    *more: Faulty,
    timeout_s: float = 5,
    clock: Clock | None = None,
) -> Iterator[Context]:
    """The context of a home that ships to the server, or to more nodes of its cluster."""
    server.cluster.refuses = refuse_poison
    hosts = [node.url for node in (server, *more)]
    config = read(shipping_site(folder, hosts, NAMESPACE, timeout_s), {})
    rights = frozenset({"approve", "scan", "block", "judge", "admin"})
    actor = Actor(login="tester", person="周启明", rights=rights, through="cli", host="test")
    with open_context(config, jobs(), clock=clock, actor=actor) as context:
        yield context


def filled(context: Context, count: int, *, poison: float = 0.0, of: int = 100) -> int:
    """Rows in the log; how many of them are poison."""
    return append(context, count, poison=poison, rng=random.Random(count), of=of)


def sides(context: Context, server: Faulty) -> Sides:
    """The equation as it stands."""
    return Sides(logged(context, DATASET), server.cluster.ids(STREAM), in_letters(context))


def published(server: Faulty) -> Marks:
    """What readers are told that they may read."""
    held = server.cluster.single(marks(NAMESPACE), DATASET)
    return {} if held is None else dict(held.source["upto"])


def unreadable(context: Context, server: Faulty) -> set[str]:
    """Ids that the mark says can be read, which are neither readable nor in a letter."""
    log = context.store.log
    assert isinstance(log, DeltaLog)
    upto = published(server).get(log.origin, -1)
    files = log.files(DATASET, Window({}, {log.origin: upto})) if upto >= 0 else []
    promised = {identifier(row, log.origin) for file in files for row in rows_of(file.path)}
    return promised - server.cluster.readable(STREAM) - set(in_letters(context))


def settled(context: Context, server: Faulty, *, letters: int = 0) -> None:
    """Nothing is lost or doubled, and readers may read all of it."""
    found = sides(context, server)
    assert found.wrong() == ""
    assert sum(found.letters.values()) == letters
    assert is_through(context, server)
    assert unreadable(context, server) == set()


def is_through(context: Context, server: Faulty) -> bool:
    """Readers are told that they may read all that is in the log."""
    log = context.store.log
    return published(server) == {log.origin: log.version(DATASET)}


def stored(server: Faulty) -> Counter[str]:
    return server.cluster.ids(STREAM)
