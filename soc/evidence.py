"""Evidence: what a conclusion rests on, copied when it is concluded.

Rows are kept as canonical NDJSON under the home's ``evidence`` folder, named by the SHA-256 of
their content, and stand in a record that names who cites them. Retention drops rows of the log,
never these files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from soc import _evidence_files as files
from soc import _evidence_rows as rows
from soc.errors import InputError
from soc.query import Period, Select
from soc.records.evidence import Evidence, EvidenceType
from soc.schema import DATASETS
from soc.store import Change
from soc.where import In

if TYPE_CHECKING:
    from datetime import datetime

    from soc.context import Context

MOST = 20  # rows that one conclusion cites
_MARGIN = timedelta(days=1)  # rows that a window cites may lie before what it concluded
_MEDIA = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Citation:
    """Rows that records rest on; ``first`` and ``last`` say where in time to look for them."""

    event_ids: tuple[str, ...]
    cited_by: tuple[str, ...]
    first: datetime | None = None
    last: datetime | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The ids that are ids of events, 20 at most."""
        known = (each for each in self.event_ids if rows.is_event_id(each))
        return tuple(dict.fromkeys(known))[:MOST]


def keep(
    context: Context,
    event_ids: Iterable[str],
    cited_by: str | Sequence[str],
    first: datetime | None = None,
    last: datetime | None = None,
) -> Evidence | None:
    """The rows, kept; None where no id is one of an event, or none of them is stored any more.

    Raises:
        StoreError: the file cannot be written; nothing is recorded then.
    """
    by = (cited_by,) if isinstance(cited_by, str) else tuple(cited_by)
    return keep_all(context, [Citation(tuple(event_ids), by, first, last)])[0]


def keep_all(context: Context, citations: Sequence[Citation]) -> list[Evidence | None]:
    """One evidence a citation, all rows read together; repeated it changes nothing.

    Raises:
        StoreError: a file cannot be written.
    """
    found = _read(context, citations)
    return [_kept(context, citation, found) for citation in citations]


def keep_file(
    context: Context, path: Path, cited_by: Sequence[str], type: EvidenceType = "other"
) -> Evidence:
    """A file of somebody's, copied.

    Raises:
        InputError: it cannot be read.
        StoreError: the copy cannot be written.
    """
    digest, size = files.copied(path, _folder(context))
    draft = _draft(context, digest, size, tuple(cited_by))
    return _recorded(context, replace(draft, type=type, title=path.name, source=str(path)))


def kept_for(context: Context, id: str) -> list[Evidence]:
    """Evidence that a record cites, oldest first."""
    found = context.store.records.find("evidence", In("cited_by", (id,), cased=True))
    return sorted((cast("Evidence", each) for each in found), key=_age)


def _age(evidence: Evidence) -> tuple[str, str]:
    return str(evidence.captured_at), evidence.id


def listed(context: Context, cited_by: str | None = None) -> list[Evidence]:
    """All evidence, oldest first, or that which one record cites."""
    if cited_by is not None:
        return kept_for(context, cited_by)
    found = context.store.records.find("evidence")
    return sorted((cast("Evidence", each) for each in found), key=_age)


def find(context: Context, named: str) -> Evidence:
    """The evidence of an id, or of the begin of its SHA-256 (six digits at least).

    Raises:
        InputError: none, or more than one.
    """
    if exact := context.store.records.get("evidence", named):
        return cast("Evidence", exact)
    wanted = named.lower()
    fits = [e for e in listed(context) if len(wanted) >= 6 and e.sha256.startswith(wanted)]
    if len(fits) != 1:
        what = "several begin so" if fits else "no such evidence"
        raise InputError(f"evidence {named!r}: {what}; see `soc evidence list`")
    return fits[0]


def path_of(context: Context, evidence: Evidence) -> Path:
    """The file that holds it."""
    return _folder(context) / evidence.sha256


def content(context: Context, evidence: Evidence, limit: int) -> list[dict[str, Any]]:
    """The first rows of evidence that is rows; nothing of other, or where its file is not whole."""
    path = path_of(context, evidence)
    if evidence.media_type != _MEDIA or files.standing(path, evidence.sha256) != "ok":
        return []
    return files.lines(path, limit)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one file of evidence: ``ok``, ``missing``, ``altered`` or ``unknown``."""

    sha256: str
    id: str | None  # None: no record stands for the file
    standing: str


def verify(context: Context) -> list[Checked]:
    """Every record against its file, and every file against the records."""
    folder, known = _folder(context), {each.sha256: each for each in listed(context)}
    kept = [each for each in known.values() if each.state == "kept"]
    found = [Checked(e.sha256, e.id, files.standing(folder / e.sha256, e.sha256)) for e in kept]
    names = sorted(path.name for path in folder.glob("[!.]*") if path.is_file())
    stray = [name for name in names if name not in known]
    return [*found, *(Checked(name, None, "unknown") for name in stray)]


def _folder(context: Context) -> Path:
    return context.store.home / "evidence"


def _read(context: Context, citations: Sequence[Citation]) -> dict[str, rows.Row]:
    """The rows by event id: first near the time of the conclusion, the rest anywhere."""
    wanted = {id for citation in citations for id in citation.wanted}
    near = _around(citations)
    found = _selected(context, wanted, near) if near else {}
    rest = wanted - found.keys()
    return {**found, **_selected(context, rest, None)}


def _around(citations: Iterable[Citation]) -> Period | None:
    known = [c for c in citations if c.wanted]
    firsts, lasts = [c.first for c in known if c.first], [c.last for c in known if c.last]
    if not firsts or not lasts:
        return None
    return Period(min(firsts) - _MARGIN, max(*lasts, max(firsts)) + _MARGIN)


def _selected(context: Context, wanted: set[str], period: Period | None) -> dict[str, rows.Row]:
    found: dict[str, rows.Row] = {}
    for dataset in DATASETS:
        left = tuple(sorted(wanted - found.keys()))
        if left and context.engine.newest(dataset):
            asked = Select(dataset, In("event.id", left), period=period)
            found |= dict(_batches(context, asked))
    return found


def _batches(context: Context, asked: Select) -> Iterator[tuple[str, rows.Row]]:
    for batch in context.engine.select(asked):
        for row in batch.to_pylist():
            yield rows.identity(row), rows.plain(row, asked.dataset)


def _kept(context: Context, citation: Citation, found: dict[str, rows.Row]) -> Evidence | None:
    wanted = citation.wanted
    held = {id: found[id] for id in wanted if id in found}
    if not held:
        return None
    data = rows.ndjson(held)
    digest = sha256(data).hexdigest()
    files.written(_folder(context), digest, data)
    draft = replace(
        _draft(context, digest, len(data), citation.cited_by),
        origin=rows.origin(held.values()),
        type="rows",
        media_type=_MEDIA,
        event_ids=tuple(sorted(held)),
        missing=tuple(sorted(set(wanted) - held.keys())),
    )
    return _recorded(context, draft)


def _draft(context: Context, digest: str, size: int, cited_by: tuple[str, ...]) -> Evidence:
    now = context.clock.now()
    return Evidence(
        id=Evidence.key(context.config.site.code, digest),
        state="kept",
        at=now,
        author=context.actor.author(),
        sha256=digest,
        type="other",
        size_bytes=size,
        captured_at=now,
        cited_by=cited_by,
    )


def _recorded(context: Context, draft: Evidence) -> Evidence:
    """The record; where the content is known already, with who cites it now."""
    records = context.store.records
    before = cast("Evidence | None", records.get("evidence", draft.id))
    if before is not None:
        cited = tuple(dict.fromkeys((*before.cited_by, *draft.cited_by)))
        if cited == before.cited_by:
            return before
        draft = replace(before, cited_by=cited, at=draft.at, author=draft.author)
    revision = before.revision if before else 0
    change = Change(f"{draft.id}/{revision + 1}", draft, revision)
    records.apply([change])
    return cast("Evidence", records.get("evidence", draft.id))


def of_kind(path: Path) -> EvidenceType:
    """What a file seems to be, by its name."""
    known: dict[str, EvidenceType] = {
        ".png": "screenshot",
        ".jpg": "screenshot",
        ".jpeg": "screenshot",
        ".pcap": "capture",
        ".pcapng": "capture",
        ".log": "output",
        ".txt": "output",
        ".conf": "configuration",
        ".cfg": "configuration",
    }
    return known.get(path.suffix.lower(), "other")
