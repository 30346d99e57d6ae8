"""nmap XML that was made elsewhere, taken in once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanners._run import store
from scanners.nmap import import_file
from soc.store.sources import Sources

if TYPE_CHECKING:
    from soc.context import Context


def import_xml(path: Path, context: Context) -> dict[str, Any]:
    """Store the hosts of an nmap XML file; the same file again stores nothing.

    A file that breaks off is stored up to there and leaves a line in ``errors``.

    Raises:
        InputError: the file cannot be read or is no nmap XML.
    """
    sources = Sources(context.store.home / "state" / "sources.sqlite")
    source = sources.identify(path)
    run = f"import-{source.key & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    seen = store(import_file(path, source.key, run), context)
    sources.record(source, source.size)
    return {
        "file": str(path),
        "run": run,
        "whole": not seen.broken,
        "hosts": len(seen.hosts),
        "open": sum(seen.open.values()),
        "stored": seen.rows,
        "errors": [_torn(path, len(seen.hosts))] if seen.broken else [],
    }


def _torn(path: Path, hosts: int) -> str:
    return f"{path}: breaks off after {hosts} hosts, which are kept: export it again with nmap -oX"
