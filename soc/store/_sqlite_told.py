"""Telling the audit log what was stored: every committed change once, nothing else.

The history is the outbox: its numbers ascend in the order of the commits, and the chain keeps
the number of the last one told. So a crash between commit and telling is made good by whoever
opens the file or writes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from soc.audit import Audit
from soc.store._sqlite_links import Links
from soc.store._sqlite_read import untold
from soc.store._sqlite_schema import fact, renamed
from soc.store.records import sealed, set_back, told


class Teller:
    """Between one file of records and one audit log."""

    def __init__(self, links: Links, audit: Audit) -> None:
        self._links = links
        self._audit = audit
        self._know_the_file()

    def tell(self) -> int:
        """Append what was not yet told; how many changes."""
        return self._audit.drain(self._store, self._untold)

    def _know_the_file(self) -> None:
        """Read who the file is; one that was set back (restored) gets a new name.

        Its next changes carry numbers that the chain holds already: under the old name they
        would never be told.
        """
        with self._links.writing() as link:
            name = fact(link, "store") or ""
            known = self._audit.told(name)
            top = int(link.execute("SELECT coalesce(max(seq), 0) FROM history").fetchone()[0])
            if known > top and renamed(link, name, top):
                self._audit.append(set_back(name, known, top))
            self._store = fact(link, "store") or ""
            self._seal_key = bytes.fromhex(fact(link, "seal") or "")

    def _untold(self, after: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        with self._links.reading() as link:
            told_from = int(fact(link, "told_from") or 0)  # what was moved here is told elsewhere
            with closing(untold(link, max(after, told_from))) as rows:
                for number, change, before, document in rows:
                    yield number, told(change, before, document, self._seal)

    def _seal(self, document: bytes) -> str:
        return sealed(self._seal_key, document)
