"""What the checks find in a run, kept as finding records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scanners._findings_fold import Coverage, absent, seen
from scanners._findings_list import checks
from scanners._findings_observe import HostView, Seen, measured, observations, views
from scanners._grade import GRADED_BY, grade
from scanners._known import Ledger
from soc.readable import insist
from soc.records.finding import Finding
from soc.store import Change
from soc.text import label, text
from soc.where import All, In

if TYPE_CHECKING:
    from datetime import datetime

    from scanners.checks import Finding as Found
    from soc.context import Context

CHUNK = 2_000  # addresses whose rows are held at once


def evaluate(run: str, ports: str | None, context: Context) -> Mapping[str, int]:
    """Let every check see a run; how many findings are ``new``, ``seen`` again, ``closed``.

    ``ports`` are those that the run probed; None: only what it names was. The same run twice
    changes nothing more.

    Raises:
        StoreUnavailable: the rows of the run cannot be asked for yet.
    """
    insist(("scan",), context)
    addresses, ledger = measured(run, context), Ledger(context, but=run)
    counts: Counter[str] = Counter(new=0, seen=0, closed=0)
    for start in range(0, len(addresses), CHUNK):
        hosts = views(run, context, addresses[start : start + CHUNK])
        changes = list(_changes(hosts, run, ports, ledger, context, counts))
        context.store.records.apply(changes)
    return counts


def _changes(
    hosts: Sequence[HostView],
    run: str,
    ports: str | None,
    ledger: Ledger,
    context: Context,
    counts: Counter[str],
) -> Iterator[Change]:
    before = {record.id: record for record in _held([view.address for view in hosts], context)}
    found: set[str] = set()
    fresh: set[tuple[str, int, str]] = set()
    for each in observations(hosts, ledger, context):
        spot = each.observation
        if each.is_fresh:
            fresh.add((spot.address, spot.port, spot.transport))
        for said, is_enough in _said(each):
            is_fresh = each.is_fresh or is_enough
            record = _record(each, said, is_fresh, context)
            found.add(record.id)
            after = seen(before.get(record.id), record, is_fresh=is_fresh)
            if after:
                counts["seen" if record.id in before else "new"] += 1
                yield Change(f"{record.id}:{run}", after)
    views_by_address = {view.address: view for view in hosts}
    missing = [record for key, record in before.items() if key not in found]
    yield from _absent(missing, views_by_address, fresh, run, ports, context, counts)


def _said(each: Seen) -> Iterator[tuple[Found, bool]]:
    """What the checks say, and whether an open port alone is enough for it."""
    for module in checks():
        for said in module.evaluate(each.observation):
            yield said, not module.CHECK.needs_version


def _absent(
    missing: Sequence[Finding],
    hosts: Mapping[str, HostView],
    fresh: set[tuple[str, int, str]],
    run: str,
    ports: str | None,
    context: Context,
    counts: Counter[str],
) -> Iterator[Change]:
    """Findings of these hosts that the run could have seen, and did not."""
    reason = text("findings.reason_closed", context.config.site.language)
    for record in missing:
        view = hosts[record.address or ""]
        port = (record.port or 0, record.protocol or "tcp")
        state = view.state(port, ports)
        if state != "closed" and (record.address, *port) not in fresh:
            continue
        after = absent(record, Coverage(view.at, context.actor.author(), reason))
        if after:
            counts["closed"] += after.state == "closed"
            yield Change(f"{record.id}:{run}", after)


def _held(addresses: Sequence[str], context: Context) -> Iterator[Finding]:
    """Records of our checks at these addresses."""
    rules = tuple(rule.id for module in checks() for rule in module.CHECK.rules)
    where = All((In("address", tuple(addresses), cased=True), In("check", rules, cased=True)))
    for record in context.store.records.find("finding", where) if addresses else ():
        if isinstance(record, Finding):
            yield record


def _record(each: Seen, said: Found, is_fresh: bool, context: Context) -> Finding:
    spot, view = each.observation, each.host.host
    at: datetime = each.host.at if is_fresh else each.row["@timestamp"]
    where = (spot.zone, spot.address, spot.port, spot.transport, said.host)
    return Finding(
        id=Finding.key(context.config.site.code, said.rule, *where),
        state="open",
        origin=view["soc.origin"],
        at=context.clock.now(),
        author=context.actor.author(),
        reason=said.evidence,
        check=said.rule,
        zone=spot.zone,
        address=spot.address,
        port=spot.port,
        protocol=spot.transport,
        host=said.host,
        title=title(said, context.config.site.language),
        category=_category(said.rule),
        grade=grade(said.vector),
        vector=said.vector,
        graded_by=GRADED_BY,
        confidence=said.confidence,
        unit=view["soc.destination.unit"],
        system=view["soc.destination.system"],
        asset=view["soc.destination.asset"],
        vantage=spot.vantage,
        source=text("findings.source", context.config.site.language),
        first_seen=at,
        last_seen=at,
        last_covered=at,
        evidence=(each.row["event.id"],),
    )


def title(said: Found, language: Any) -> str:
    """The finding in a few words, its values as people call them."""
    shown = dict(said.values)
    if "service" in shown:
        shown["service"] = label(f"findings.service_{shown['service']}", language)
    return text(f"findings.title_{said.rule.replace('.', '_')}", language, **shown)


def _category(rule: str) -> str:
    rules = (each for module in checks() for each in module.CHECK.rules)
    category: str = next(each.category for each in rules if each.id == rule)
    return category
