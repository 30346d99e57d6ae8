"""Two runs compared: ports that opened or closed, services that changed; nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scanners._findings_observe import HostView, views
from scanners._known import Port, Row
from soc.errors import InputError
from soc.records.scan import Scan
from soc.where import Equals

if TYPE_CHECKING:
    from soc.context import Context

COMPARED = (
    "network.protocol",
    "soc.scan.product",
    "soc.scan.version",
    "soc.scan.tls",
    "soc.scan.title",
)


def diff(earlier: str, later: str, context: Context) -> dict[str, Any]:
    """What changed from one run to another.

    A host that the later run did not measure is ``unknown``, and so is a port that it did not
    probe or found filtered: neither is closed. Services are compared where both runs asked.

    Raises:
        InputError: a run holds no rows.
    """
    before, after = (_views(run, context) for run in (earlier, later))
    probed = ports_of(later, context)
    common = [name for name in before if name in after and after[name].is_measured]
    told: dict[str, Any] = {
        "earlier": earlier,
        "later": later,
        "compared": len(common),
        "suspect": [run for run in (earlier, later) if _is_suspect(run, context)],
        "new": [],
        "closed": [],
        "changed": [],
        "unknown": list(_unmeasured(before, after)),
        "appeared": sorted(name for name in after if name not in before and _lives(after[name])),
    }
    for name in sorted(common):
        compare(before[name], after[name], probed, told)
    return told


def compare(before: HostView, after: HostView, probed: str | None, told: dict[str, Any]) -> None:
    """Add the differences of one host that both runs measured."""
    was, now = _open(before), _open(after)
    told["new"] += [_entry(after, port) for port in sorted(now - was)] if before.is_measured else []
    for port in sorted(was - now):
        state = after.state(port, probed)
        if state == "closed":
            told["closed"].append(_entry(before, port))
        else:
            told["unknown"].append({**_entry(before, port), "reason": state})
    for port in sorted(was & now & before.services.keys() & after.services.keys()):
        old, new = _service(before.services[port]), _service(after.services[port])
        if old != new:
            told["changed"].append({**_place(after, port), "before": old, "after": new})


def _unmeasured(
    before: Mapping[str, HostView], after: Mapping[str, HostView]
) -> Iterator[dict[str, Any]]:
    for name, view in sorted(before.items()):
        if not view.is_measured:
            continue
        if name not in after:
            yield {"address": name, "reason": "not_in_run"}
        elif not after[name].is_measured:
            yield {"address": name, "reason": after[name].host["soc.scan.outcome"]}


def _views(run: str, context: Context) -> dict[str, HostView]:
    found = {view.address: view for view in views(_rows_of(run, context), context)}
    if not found:
        raise InputError(f"{run}: holds no rows of a scan; look at soc scan list")
    return found


def record_of(run: str, context: Context) -> Scan | None:
    """The record of a run, by its own id or by that of its rows (an imported one)."""
    record = context.store.records.get("scan", run)
    if record is None:
        record = next(iter(context.store.records.find("scan", Equals("run", run), limit=1)), None)
    return record if isinstance(record, Scan) else None


def _rows_of(run: str, context: Context) -> str:
    record = record_of(run, context)
    return record.run or record.id if record else run


def ports_of(run: str, context: Context) -> str | None:
    """The ports that a run probed; None where nobody knows (an imported one)."""
    record = record_of(run, context)
    return record.ports if record else None


def _is_suspect(run: str, context: Context) -> bool:
    record = record_of(run, context)
    return record is not None and record.is_suspect


def _lives(view: HostView) -> bool:
    return bool(view.host["soc.scan.host"] == "up")


def _open(view: HostView) -> set[Port]:
    return {port for port, row in view.ports.items() if row["soc.scan.state"] == "open"}


def _entry(view: HostView, port: Port) -> dict[str, Any]:
    row = view.services.get(port, view.ports[port])
    return {**_place(view, port), "service": _service(row)}


def _place(view: HostView, port: Port) -> dict[str, Any]:
    return {"address": view.address, "port": port[0], "protocol": port[1]}


def _service(row: Row, names: Sequence[str] = COMPARED) -> dict[str, Any]:
    return {name.rpartition(".")[2]: row[name] for name in names if row[name] not in (None, False)}
