"""The job ``block export``: the lists that firewalls fetch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from playbooks import _block_files as files
from playbooks._block_audit import audited
from playbooks._block_effective import IN_FORCE, Effective, effective, merged, vanished, within
from playbooks._block_files import Version
from playbooks._block_params import ExportParams
from playbooks._block_settings import Settings
from soc import plugins
from soc.errors import ScopeError
from soc.jobs import Outcome
from soc.records import make_id
from soc.records._parts import Span
from soc.store import Change
from soc.where import In

if TYPE_CHECKING:
    from pathlib import Path

    from playbooks.blocklists import Blocklist, Entry
    from soc.context import Context
    from soc.records.block import Block

SERIES = "blocklist"
FAMILY = "playbooks.blocklists"


def export(params: ExportParams, context: Context) -> Outcome:
    """One file a format with every approved network that has not ended, less every guard.

    The same blocks at the same time give the same bytes and keep their version number.
    Blocks that have ended become ``expired``; those on the list become ``exported``.

    Raises:
        ScopeError: the actor may not block, or the list lost more entries than is allowed.
        ConfigError: no such format.
        StoreError: a file cannot be written.
    """
    with audited(context, (), "export"):
        return _exported(params, context)


def _exported(params: ExportParams, context: Context) -> Outcome:
    context.actor.require("block")
    settings = context.config.plugin("playbooks.block", Settings)
    formats = {n: _format(n) for n in params.formats or settings.formats}
    now = params.as_of or context.clock.now()
    stored = [cast("Block", b) for b in context.store.records.find("block", In("state", IN_FORCE))]
    found = effective(stored, context.scope, now)
    folder = context.store.home / "blocklists"
    before = files.latest(folder / "versions")
    if before and not params.allow_shrink:
        _check_shrink(before, found, settings.shrink_limit, now)
    version = _version(found, before, context, now)
    lists = [
        _list(name, module, found, version, params.out or folder, now)
        for name, module in formats.items()
    ]
    files.keep(folder / "versions", version)
    if now <= context.clock.now():  # what will be true some day changes no record
        _mark(stored, found, version, now, context)
    return _outcome(found, version, now, lists)


def _format(name: str) -> Blocklist:
    return cast("Blocklist", plugins.load(FAMILY, name))


def _check_shrink(before: Version, found: Effective, limit: float, now: datetime) -> None:
    """Nothing, where the list kept enough of what has not ended by itself.

    Raises:
        ScopeError: it did not: a firewall would be told to let it all in again.
    """
    gone = vanished(before.entries, found.entries, now)
    share = len(gone) / len(before.entries) if before.entries else 0.0
    if share > limit:
        raise ScopeError(
            f"block export: {len(gone)} of {len(before.entries)} entries of version "
            f"{before.number} would vanish, {gone[0]} first; say --allow-shrink if it is meant"
        )


def _version(found: Effective, before: Version | None, context: Context, now: datetime) -> Version:
    """The version published last, where it holds the same; else the next of the year."""
    if before and before.digest == found.digest:
        return before
    year = context.calendar.date_of(context.clock.now()).year
    count = context.store.records.next_number(SERIES, year)
    return Version(year * 1_000_000 + count, found.digest, now, found.entries)


def _list(
    name: str, module: Blocklist, found: Effective, version: Version, folder: Path, now: datetime
) -> dict[str, Any]:
    """The list in one format, written; what the command tells about it."""
    all_entries = _fitting(module, found.entries)
    entries = within(all_entries, module.CAPACITY)
    written = files.publish(folder, module.SUFFIX, module.render(entries, now, version.number))
    return {
        "format": name,
        "path": str(written.path),
        "sha256": written.sha256,
        "sha256_path": f"{written.path}.sha256",
        "previous": str(written.previous) if written.previous else None,
        "entries": len(entries),
        "cut": len(all_entries) - len(entries),
        "is_changed": written.is_changed,
    }


def _fitting(module: Blocklist, entries: Sequence[Entry]) -> list[Entry]:
    """Entries as the format can say them: one that knows no ends gets the fewest networks."""
    return list(entries) if getattr(module, "EXPIRES", True) else merged(entries)


def _mark(
    stored: Iterable[Block], found: Effective, version: Version, now: datetime, context: Context
) -> None:
    """The records say what is on the list now, and what has ended."""
    on_list = {block.id for block in found.blocks}
    wanted = [_marked(block, block.id in on_list, str(version.number), now) for block in stored]
    author, at = context.actor.author(), context.clock.now()
    site = context.config.site.code
    context.store.records.apply(
        Change(
            make_id(site, "change", block.id, block.revision, block.state, version.number),
            replace(block, at=at, author=author),
            expected=block.revision,
        )
        for block in wanted
        if block is not None
    )


def _marked(block: Block, is_on_list: bool, version: str, now: datetime) -> Block | None:
    if is_on_list:
        return _listed(block, version, now)
    if block.expires_at is not None and block.expires_at <= now:
        ended = tuple(replace(p, end=p.end or block.expires_at) for p in block.periods)
        return replace(block, state="expired", periods=ended, reason="")
    return None


def _listed(block: Block, version: str, now: datetime) -> Block | None:
    if block.list_version == version:
        return None
    return replace(
        block,
        state=block.state if block.state == "active" else "exported",
        list_version=version,
        effective_at=block.effective_at or now,
        periods=block.periods if _is_running(block) else (*block.periods, Span(start=now)),
        reason="",
    )


def _is_running(block: Block) -> bool:
    return bool(block.periods) and block.periods[-1].end is None


def _outcome(
    found: Effective, version: Version, now: datetime, lists: list[dict[str, Any]]
) -> Outcome:
    cut = sum(item["cut"] for item in lists)
    value = {
        "version": version.number,
        "as_of": now.isoformat(),
        "blocks": len(found.blocks),
        "addresses": sum(network.size for network in found.networks),
        "removed": [
            {"network": str(r.network), "guard": r.guard, "overlap": str(r.overlap)}
            for r in found.removed
        ],
        "lists": lists,
    }
    counts = {"blocks": len(found.blocks), "entries": len(found.entries), "cut": cut}
    return Outcome("partial" if cut else "done", counts=counts, value=value)
