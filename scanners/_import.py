"""nmap XML that was made elsewhere, taken in once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanners._findings import evaluate
from scanners._plan import Plan
from scanners._run import store
from scanners._seen import Seen, outcomes
from scanners.nmap import import_file
from soc.jobs import Outcome
from soc.records import make_id
from soc.records.scan import Scan
from soc.store import Change
from soc.store.sources import Sources

if TYPE_CHECKING:
    from soc.context import Context


def import_all(paths: Sequence[Path], context: Context) -> Outcome:
    """The job ``import scan``; ``partial`` where a file breaks off."""
    told = [import_xml(path, context) for path in paths]
    errors = tuple(line for one in told for line in one["errors"])
    counts = {name: sum(one[name] for one in told) for name in ("hosts", "open", "stored")}
    value = {"files": len(told), **counts, "runs": [one["run"] for one in told]}
    return Outcome("partial" if errors else "done", counts, errors=errors, value=value)


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
    context.store.records.apply([_change(run, path, seen, context)])
    evaluate(run, None, context)
    sources.record(source, source.size)
    return {
        "file": str(path),
        "run": run,
        "whole": not seen.broken,
        "hosts": len(seen.hosts),
        "open": seen.open_ports,
        "stored": seen.rows,
        "errors": [_torn(path, len(seen.hosts))] if seen.broken else [],
    }


def _torn(path: Path, hosts: int) -> str:
    return f"{path}: breaks off after {hosts} hosts, which are kept: export it again with nmap -oX"


def _change(run: str, path: Path, seen: Seen, context: Context) -> Change:
    """A record of the scan as if it were ours, so that coverage and comparison know it."""
    told = outcomes(seen, Plan((), ()), context)
    up = sum(each.outcome == "up" for each in told)
    record = Scan(
        id=make_id(context.config.site.code, "scan", run),
        state="partial" if seen.broken or up < len(told) else "done",
        origin="imported",
        at=context.clock.now(),
        author=context.actor.author(),
        plan="imported",
        scanner="nmap",
        run=run,
        arguments=(path.name,),
        started_at=seen.first,
        ended_at=seen.last,
        outcomes=told,
        counts={"up": up, "unknown": len(told) - up},
        coverage=up / len(told) if told else None,
        errors=("the file breaks off",) if seen.broken else (),
        phases=dict(seen.phases),
    )
    return Change(f"{record.id}:imported", record)
