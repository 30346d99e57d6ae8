"""What every store of records does alike: check a change, flatten, narrow, tell the audit log."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any

from soc._evaluate import compile
from soc.errors import Conflict
from soc.fold import fold
from soc.records import Record, check_transition, revised
from soc.records._codec import comparable, decode, encode
from soc.records._registry import kind_of
from soc.store import Change
from soc.where import EVERYTHING, All, Equals, In, Some, Where


@dataclass(frozen=True, slots=True)
class Stored:
    """One revision of a record as bytes, wherever it is stored."""

    kind: str
    id: str
    revision: int
    change: str  # id of the change that made it
    document: bytes  # canonical JSON


Terms = tuple[tuple[str, str], ...]  # (field, folded text)
MASKED = "***"


def accepted(change: Change, before: Record | None, host: str) -> tuple[Record, bytes]:
    """The record as it is stored from now on, and its canonical bytes, which can be read back.

    Raises:
        Conflict: the stored revision is not the expected one.
        StoreError: the state may not follow, or a value does not fit its type.
        ScopeError: a two-person rule is against it.
    """
    record, revision = change.record, before.revision if before else 0
    if change.expected is not None and change.expected != revision:
        raise Conflict(
            f"{record.kind} {record.id}: is at revision {revision}, not {change.expected}: "
            "read it again and retry"
        )
    author = record.author if record.author.host else replace(record.author, host=host)
    stored = encode(revised(record, revision=revision + 1, author=author))
    after = decode(record.kind, stored)
    check_transition(before, after)
    return after, stored


def chosen(found: Iterator[Record], kind: str, where: Where, limit: int | None) -> Iterator[Record]:
    """Of records that were narrowed those for which the filter holds, as many as asked for."""
    if where != EVERYTHING:
        holds = compile(where, f"record.{kind}")
        found = (record for record in found if holds(flatten(record)))
    return found if limit is None else islice(found, limit)


def flatten(record: Record) -> dict[str, object]:
    """A record as filters and tables see it: dotted names, ``kind`` among them.

    Of a list of parts each field is the list of its values; what is absent has no name; days
    are ISO text, times stay times.
    """
    flat: dict[str, object] = {"kind": record.kind}
    for name, value in _flat(record, ""):
        flat[name] = value
    return flat


def _flat(part: Any, prefix: str) -> Iterator[tuple[str, object]]:
    for name in _names(part.__class__):
        yield from _flat_value(prefix + name, getattr(part, name))


@cache
def _names(part: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(part))


def _flat_value(name: str, value: Any) -> Iterator[tuple[str, object]]:
    if value is None or value == ():
        return
    if isinstance(value, tuple):
        yield from _flat_list(name, value)
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from _flat_value(f"{name}.{key}", held)
    elif is_dataclass(value):
        yield from _flat(value, name + ".")
    else:
        yield name, _plain(value)


def _flat_list(name: str, values: tuple[Any, ...]) -> Iterator[tuple[str, object]]:
    if not is_dataclass(values[0]):
        yield name, [_plain(value) for value in values]
        return
    lists: dict[str, list[object]] = {}
    for value in values:
        for inner, held in _flat(value, name + "."):
            lists.setdefault(inner, []).extend(held if isinstance(held, list) else [held])
    yield from lists.items()


def _plain(value: Any) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def terms(record: Record) -> set[tuple[str, str]]:
    """What the store narrows on: each indexed field with each of its texts, folded.

    ``id`` is among them only where folding changes it; else it is found as it is.
    """
    found = {
        (name, fold(text)) for name in record.indexed for text in _texts(record, *name.split("."))
    }
    return found if fold(record.id) == record.id else found | {("id", fold(record.id))}


def _texts(part: Any, name: str, *inner: str) -> list[str]:
    """Texts under a dotted name, as ``flatten`` would list them."""
    value = getattr(part, name)
    values = value if isinstance(value, tuple) else (value,)
    if inner:
        return [text for each in values if each is not None for text in _texts(each, *inner)]
    return [text for text in values if isinstance(text, str)]


def narrow(where: Where, indexed: tuple[str, ...]) -> Terms | None:
    """Terms of which a matching record has at least one; None: nothing can be said.

    Never less than what matches; the evaluator decides among what is left. ``indexed`` is
    sharpest first: where several parts of an ``All`` narrow, the sharpest is taken.
    """
    match where:
        case Equals(name, value):
            return _named(name, (value,), indexed)
        case In(name, values):
            return _named(name, values, indexed)
        case Some(parts):
            found = [narrow(part, indexed) for part in parts]
            return None if None in found else tuple(pair for each in found for pair in each or ())
        case All(parts):
            sharp = [each for part in parts if (each := narrow(part, indexed)) is not None]
            return min(sharp, key=lambda each: _bluntness(each, indexed), default=None)
        case _:
            return None


def _named(name: str, values: tuple[object, ...], indexed: tuple[str, ...]) -> Terms | None:
    if name != "id" and name not in indexed:
        return None
    texts = [value for value in values if isinstance(value, str) and _is_storable(value)]
    if len(texts) < len(values):
        return None
    return tuple((name, fold(text)) for text in texts)


def _is_storable(text: str) -> bool:
    """False for what no index can be asked for: NUL and halves of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _bluntness(pairs: Terms, indexed: tuple[str, ...]) -> tuple[int, int]:
    ranks = [-1 if name == "id" else indexed.index(name) for name, _ in pairs]
    return max(ranks, default=-2), len(pairs)


def sealed(key: bytes, document: bytes) -> str:
    """A keyed digest: it proves a document, and cannot be guessed from a telephone number."""
    return hmac.digest(key, document, "sha256").hex()[:32]


def set_back(name: str, known: int, top: int) -> dict[str, Any]:
    """The entry of the audit log for a store that ends before what was told of it."""
    return {
        "action": "set back",
        "kind": "store",
        "id": name,
        "reason": f"records end at change {top}, {known} was told: an older copy was put back",
    }


def told(
    change: str, before: bytes | None, after: bytes, seal: Callable[[bytes], str]
) -> dict[str, Any]:
    """The entry of the audit log for one stored change.

    Who, when, why; the seals of the document before and after; each field that differs with
    both values, personal ones masked (their seal still proves them).
    """
    new = comparable(after)
    old = comparable(before) if before is not None else {}
    author = new["author"]
    return {
        "action": "created" if before is None else "changed",
        "at": new["at"],
        "host": author["host"],
        "login": author["login"],
        "person": author.get("person"),
        "through": author["through"],
        "kind": new["kind"],
        "id": new["id"],
        "revision": new["revision"],
        "reason": new["reason"],
        "change_id": change,
        "before": seal(before) if before is not None else None,
        "after": seal(after),
        "fields": _differences(old, new),
    }


_TOLD_ALREADY = frozenset({"kind", "id", "schema", "at", "author", "reason", "revision"})


def _differences(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    personal = kind_of(new["kind"]).personal
    if not old:
        return {
            name: [None, _masked(name, value, personal)]
            for name, value in new.items()
            if value is not None and name not in _TOLD_ALREADY
        }
    return {
        name: [_masked(name, old.get(name), personal), _masked(name, new.get(name), personal)]
        for name in sorted(old.keys() | new.keys())
        if name not in _TOLD_ALREADY and old.get(name) != new.get(name)
    }


def _masked(name: str, value: Any, personal: tuple[str, ...]) -> Any:
    if value is None or not personal:
        return value
    if name in personal:
        return MASKED
    inner = _inner(name, personal)
    if not inner:
        return value
    if isinstance(value, list):
        return [_masked_part(part, inner) for part in value]
    return _masked_part(value, inner)


@cache
def _inner(name: str, personal: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each[len(name) + 1 :] for each in personal if each.startswith(name + "."))


def _masked_part(part: Any, inner: tuple[str, ...]) -> Any:
    return {name: _masked(name, value, inner) for name, value in part.items()}
