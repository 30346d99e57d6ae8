"""Dead letters sent again, once somebody has mended what they were refused for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
import orjson

from soc._columns import VERSION
from soc.errors import InputError, StoreError
from soc.store._ship_place import BEGINNING, Home
from soc.store._ship_read import LOAD_BYTES, LOAD_ROWS, Load, cuts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soc.records.letter import Letter
    from soc.store._ship_letters import Kept, Letters
    from soc.store._ship_send import Sender


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a letter."""

    id: str
    state: str
    delivered: int
    waiting: int
    error: str


def chosen(letters: Letters, id: str | None) -> list[Letter]:
    """The letter of this id, or all that wait.

    Raises:
        InputError: no such letter, or it was delivered.
    """
    if id is None:
        return [letter for letter in letters.all() if letter.state == "waiting"]
    letter = letters.get(id)
    if letter.state == "delivered":
        raise InputError(f"letter {id}: was delivered: there is nothing to send")
    return [letter]


def tried(letter: Letter, letters: Letters, sender: Sender, home: Home) -> Tried:
    """The letter's documents sent once more; those that are on the server are not sent.

    They get the version that is published next, for readers have passed by their own.

    Raises:
        StoreError: the documents are gone, or the server lets nobody in.
        StoreUnavailable: it takes nothing for now.
    """
    documents = letters.documents(letter.id)
    if not documents:
        raise StoreError(f"letter {letter.id}: its file is gone: restore {home.folder}")
    sender.dataset = letter.dataset
    sender.check_template()
    known = home.known(letter.dataset)
    version = (known.done if known else BEGINNING).version
    refused: set[str] = set()
    error = ""
    for load in _loads(documents, version):
        for reject in sender.deliver(load, asked_from=0).rejects:
            refused.add(reject.id)
            error = f"{reject.verdict.type}: {reject.verdict.reason}"
    arrived = {one.id for one in documents} - refused
    after = letters.tried(letter.id, arrived, error)
    waiting = after.count if after.state == "waiting" else 0
    return Tried(letter.id, after.state, len(arrived), waiting, error)


def _loads(documents: Sequence[Kept], version: int) -> Iterator[Load]:
    """The documents in requests, as they are read from then on."""
    lines = [one.action + b"\n" + _stamped(one, version) + b"\n" for one in documents]
    ends = np.fromiter(accumulate(map(len, lines), initial=0), np.int64)
    found = cuts(ends, LOAD_ROWS, LOAD_BYTES)
    for start, end in pairwise(found):
        data = b"".join(lines[start:end])
        ids = [one.id for one in documents[start:end]]
        yield Load(BEGINNING, BEGINNING, data, ends[start : end + 1] - ends[start], ids)


def _stamped(document: Kept, version: int) -> bytes:
    fields = document.fields
    return orjson.dumps({**fields, VERSION: max(version, fields[VERSION])})
