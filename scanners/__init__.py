"""Active measurement inside an authorised scope: one module a kind of scan.

Copy ``scanners/nmap.py`` to write a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from soc.batch import Batch
from soc.config import Settings
from soc.context import Context
from soc.scope import Target


class Scan(Protocol):
    """What ``scanners/<kind>.py`` offers."""

    Settings: type[Settings]

    def scan(
        self, targets: Sequence[Target], settings: Settings, context: Context
    ) -> Iterator[Batch]:
        """Batches of dataset ``scan``, as hosts finish.

        Targets are permitted by ``soc.scope`` before they come here; nothing else gets a
        packet. A host that was not measured is ``unknown``, never ``down``.
        """
