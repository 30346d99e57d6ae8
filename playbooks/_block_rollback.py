"""The job ``block rollback``: an earlier list, published again as a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playbooks import _block_files as files
from playbooks import _block_mark as mark
from playbooks._block_audit import audited
from playbooks._block_effective import Effective, Standing, listed, vanished
from playbooks._block_export import Edition, outcome, stock_of, versions, write
from playbooks._block_params import RollbackParams
from playbooks._block_settings import Settings
from soc.errors import ConfigError
from soc.jobs import Outcome
from soc.net import Network, common, covers, merge

if TYPE_CHECKING:
    from playbooks._block_files import Version
    from soc.context import Context
    from soc.scope import Scope


def rollback(params: RollbackParams, context: Context) -> Outcome:
    """The list as an earlier version had it, less what has ended, is guarded or was released.

    Blocks that were on the list and were not on that one become ``rolled_back``; what a person
    released since is told and not blocked again: that needs a proposal.

    Raises:
        ScopeError: the actor may not block.
        ConfigError: there is no earlier version.
        StoreError: no such version, or a file cannot be written.
    """
    with audited(context, (), "rollback"):
        context.actor.require("block")
    settings = context.config.plugin("playbooks.block", Settings)
    now = context.clock.now()
    wanted, before = _versions(params.version, context)
    stock = stock_of(context, now)
    kept, gone = divided(stock.standing, wanted, context.scope)
    edition = Edition(listed(kept, context.scope), before, now, params.reason)
    mark.rolled_back(gone, params.reason, now, context)  # before the files: the records decide
    version, lists = write(edition, params.formats, params.out or settings.folder, context)
    mark.published(stock, edition.found, version, now, context)
    return _told(outcome(edition, version, lists, (), stock.lapsed), wanted, gone, edition)


def _versions(number: int | None, context: Context) -> tuple[Version, Version]:
    """The version that was asked for, and the one that was published last."""
    folder = versions(context)
    known = files.numbers(folder)
    if number is None and len(known) < 2:
        raise ConfigError("block rollback: no earlier version; see soc block export")
    wanted = files.read(folder, known[-2] if number is None else number)
    return wanted, files.read(folder, known[-1])


def divided(
    standing: Sequence[Standing], wanted: Version, scope: Scope
) -> tuple[list[Standing], list[Standing]]:
    """Blocks that the version held wholly, and those on a list that it did not hold.

    A block that no list held yet is in neither: it waits for the next export.
    """
    then = merge(entry.network for entry in wanted.entries)
    allowed = scope.blockable(each.entry.network for each in standing).allowed
    kept, gone = [], []
    for each in standing:
        if _is_held(each.entry.network, allowed, then):
            kept.append(each)
        elif each.since is not None:
            gone.append(each)
    return kept, gone


def _is_held(found: Network, allowed: list[Network], then: list[Network]) -> bool:
    """True where every part of it that no guard holds was on the list."""
    return all(covers(then, part) for part in common(allowed, found))


def _told(done: Outcome, wanted: Version, gone: Sequence[Standing], edition: Edition) -> Outcome:
    left_out = _left_out(wanted, edition.found, edition)
    more: dict[str, Any] = {
        "restored": wanted.number,
        "rolled_back": [{"no": each.entry.no, "network": str(each.entry.network)} for each in gone],
        "left_out": [str(found) for found in left_out],
    }
    counts = {"rolled_back": len(gone), "left_out": len(left_out)}
    return replace(done, value={**done.value, **more}, counts={**done.counts, **counts})


def _left_out(wanted: Version, found: Effective, edition: Edition) -> list[Network]:
    """What the version held, has not ended, and does not come back."""
    return vanished(wanted.entries, found.entries, edition.now)
