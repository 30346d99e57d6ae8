"""The jobs ``block export`` and ``block publish``: the lists that firewalls fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any, cast

from playbooks import _block_files as files
from playbooks import _block_mark as mark
from playbooks._block_audit import audited
from playbooks._block_effective import (
    IN_FORCE,
    Effective,
    Standing,
    Stock,
    appeared,
    capped,
    listed,
    merged,
    stocked,
    vanished,
    within,
)
from playbooks._block_files import Version
from playbooks._block_params import ExportParams
from playbooks._block_settings import Settings
from soc import plugins
from soc.errors import ScopeError, StoreError
from soc.jobs import Outcome
from soc.where import In

if TYPE_CHECKING:
    from pathlib import Path

    from playbooks.blocklists import Blocklist, Entry
    from soc.context import Context
    from soc.records.block import Block

SERIES = "blocklist"
FAMILY = "playbooks.blocklists"


@dataclass(frozen=True, slots=True)
class Edition:
    """A list that is about to be written."""

    found: Effective
    before: Version | None
    now: datetime
    reason: str = ""

    @property
    def added(self) -> list[str]:
        """Networks that the list before did not hold."""
        before = self.before.entries if self.before else ()
        return [str(each) for each in appeared(before, self.found.entries)]

    @property
    def withdrawn(self) -> list[str]:
        """Networks of the list before that have not ended and are gone."""
        before = self.before.entries if self.before else ()
        return [str(each) for each in vanished(before, self.found.entries, self.now)]


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


def publish(params: ExportParams, context: Context) -> Outcome:
    """The export into the folder of the settings, each file read back and its digest compared.

    Raises:
        ScopeError: as ``export``.
        StoreError: a file cannot be written, or is not what was written.
    """
    settings = context.config.plugin("playbooks.block", Settings)
    with audited(context, (), "publish"):
        folder = params.out or settings.folder
        done = _exported(params.model_copy(update={"out": folder}), context)
    for line in done.value["lists"]:
        _read_back(line)
    return done


def _read_back(line: Mapping[str, Any]) -> None:
    from hashlib import sha256
    from pathlib import Path

    if sha256(Path(line["path"]).read_bytes()).hexdigest() != line["sha256"]:
        raise StoreError(f"{line['path']}: is not what was written; publish again")


def _exported(params: ExportParams, context: Context) -> Outcome:
    context.actor.require("block")
    settings = context.config.plugin("playbooks.block", Settings)
    now = params.as_of or context.clock.now()
    is_free = params.allow_growth and context.actor.through == "cli"
    stock = stock_of(context, now)
    caps = (len(stock.standing),) * 2 if is_free else (settings.hourly_cap, settings.daily_cap)
    standing, waiting = capped(stock.standing, *caps, now)
    edition = Edition(listed(standing, context.scope), _before(context), now)
    if not params.allow_shrink:
        _check_shrink(edition, settings.shrink_limit)
    if not is_free:
        _check_growth(edition, settings)
    version, lists = write(edition, params.formats, params.out, context)
    if now <= context.clock.now():  # what will be true some day changes no record
        mark.published(stock, edition.found, version, now, context)
    return outcome(edition, version, lists, waiting, stock.lapsed)


def stock_of(context: Context, now: datetime) -> Stock:
    """All blocks of which a list could be made; read one by one."""
    found = context.store.records.find("block", In("state", IN_FORCE))
    return stocked((cast("Block", each) for each in found), now)


def versions(context: Context) -> Path:
    """Folder of the versions that were published."""
    return context.store.home / "blocklists" / "versions"


def _before(context: Context) -> Version | None:
    return files.latest(versions(context))


def write(
    edition: Edition, formats: Sequence[str], out: Path | None, context: Context
) -> tuple[Version, list[dict[str, Any]]]:
    """The files of the list in each format, and the record of the version.

    Raises:
        ConfigError: no such format.
        StoreError: a file cannot be written.
    """
    settings = context.config.plugin("playbooks.block", Settings)
    modules = {name: _format(name) for name in formats or settings.formats}
    version = _version(edition, context)
    folder = out or versions(context).parent
    at = edition.now.astimezone(context.calendar.zone)
    lists = [
        _list(name, module, edition.found, version, folder, at) for name, module in modules.items()
    ]
    files.keep(versions(context), replace(version, note=_note(edition, lists, context)))
    return version, lists


def _format(name: str) -> Blocklist:
    return cast("Blocklist", plugins.load(FAMILY, name))


def _note(edition: Edition, lists: list[dict[str, Any]], context: Context) -> dict[str, Any]:
    """Who published it and why, what it changed, and the digests of its files."""
    author = context.actor.author()
    return {
        "author": {"login": author.login, "person": author.person, "through": author.through},
        "reason": edition.reason,
        "count": len(edition.found.entries),
        "added": edition.added,
        "withdrawn": edition.withdrawn,
        "files": {line["format"]: line["sha256"] for line in lists},
    }


def _check_shrink(edition: Edition, limit: float) -> None:
    """Nothing, where the list kept enough of what has not ended by itself.

    Raises:
        ScopeError: it did not: a firewall would be told to let it all in again.
    """
    gone = edition.withdrawn
    if edition.before and gone and len(gone) / len(edition.before.entries) > limit:
        raise ScopeError(
            f"block export: {len(gone)} of {len(edition.before.entries)} entries of version "
            f"{edition.before.number} would vanish, {gone[0]} first; say --allow-shrink if it "
            "is meant"
        )


def _check_growth(edition: Edition, settings: Settings) -> None:
    """Nothing, where the list grew no more than a person need not look at.

    Raises:
        ScopeError: it did: a rule that runs wild would shut out half of the city.
    """
    new = len(edition.added)
    before = len(edition.before.entries) if edition.before else 0
    is_much = before and new > settings.growth_free and new > settings.growth_limit * before
    if is_much or new > settings.growth_most:
        raise ScopeError(
            f"block export: {new} new entries beside {before}; look at them, then say "
            "--allow-growth at the console if it is meant"
        )


def _version(edition: Edition, context: Context) -> Version:
    """The version published last, where it holds the same; else the next of the year."""
    found = edition.found
    digest = found.digest
    if edition.before and edition.before.digest == digest:
        return edition.before
    year = context.calendar.date_of(context.clock.now()).year
    count = context.store.records.next_number(SERIES, year)
    return Version(year * 1_000_000 + count, digest, edition.now, found.entries)


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
        "clamped": _clamped(module, entries, now),
        "is_changed": written.is_changed,
    }


def _fitting(module: Blocklist, entries: Sequence[Entry]) -> list[Entry]:
    """Entries as the format can say them: one that knows no ends gets the fewest networks."""
    return list(entries) if getattr(module, "EXPIRES", True) else merged(entries)


def _clamped(module: Blocklist, entries: Sequence[Entry], now: datetime) -> int:
    """Entries that end on the device before their time, unless the list is published again."""
    longest_s: float = getattr(module, "LONGEST_S", inf)
    ends = (entry.expires_at for entry in entries if entry.expires_at)
    return sum((end - now).total_seconds() > longest_s for end in ends)


def outcome(
    edition: Edition,
    version: Version,
    lists: list[dict[str, Any]],
    waiting: Sequence[Standing] = (),
    lapsed: Sequence[Standing] = (),
) -> Outcome:
    """What the command tells."""
    found = edition.found
    cut = sum(item["cut"] for item in lists)
    value = {
        "version": version.number,
        "as_of": edition.now.isoformat(),
        "blocks": len(found.blocks),
        "addresses": sum(network.size for network in found.networks),
        "removed": [
            {"network": str(r.network), "guard": r.guard, "overlap": str(r.overlap)}
            for r in found.removed
        ],
        "lists": lists,
        "waiting": [_line(each) for each in waiting],
        "lapsed": [_line(each) for each in lapsed],
    }
    counts = {"blocks": len(found.blocks), "entries": len(found.entries), "cut": cut}
    counts |= {"waiting": len(waiting), "lapsed": len(lapsed)}
    return Outcome("partial" if cut or waiting else "done", counts=counts, value=value)


def _line(each: Standing) -> dict[str, str]:
    return {"no": each.entry.no, "network": str(each.entry.network)}
