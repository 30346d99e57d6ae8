"""Telling the audit log of this host what this host changed: every committed change once.

The history is the outbox: its numbers ascend in the order of the commits, and the chain keeps
the number of the last one told. What a crash left untold is told when the host comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from soc.audit import Audit
from soc.store._elastic_record_head import Head
from soc.store._elastic_record_read import Reader
from soc.store._elastic_record_settle import Settler
from soc.store.records import sealed, set_back, told


class Teller:
    """Between the records of a namespace and the audit log of one host."""

    def __init__(self, settler: Settler, reader: Reader, audit: Audit, host: str) -> None:
        self._settler = settler
        self._reader = reader
        self._audit = audit
        self._host = host
        self._head: Head | None = None

    def know(self) -> Head:
        """Who the store is; numbers that the chain holds already are not used again.

        So a store that was set back to an older copy goes on above them.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        while self._head is None:
            read = self._settler.settled()
            known = self._audit.told(read.head.store)
            if known > read.head.seq:
                self._raise_to(known)
            else:
                self._head = read.head
        return self._head

    def tell(self) -> int:
        """Append what was not yet told; how many changes.

        Raises:
            StoreUnavailable: the log cannot be written, or the server does not answer.
        """
        head = self.know()
        return self._audit.drain(head.store, partial(self._untold, bytes.fromhex(head.seal)))

    def _raise_to(self, known: int) -> None:
        read = self._settler.settled(alone=True)
        top = read.head.seq
        if top < known and self._settler.heads.swap(read, read.head.raised(known)) is not None:
            self._audit.append(set_back(read.head.store, known, top))

    def _untold(self, seal: bytes, after: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for new, before in self._reader.changed(self._host, after):
            document = new["document"].encode()
            yield new["seq"], told(new["change"], before, document, partial(sealed, seal))
