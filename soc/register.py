"""Zones and data sources: what a site states by hand before the ledger comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from soc.errors import InputError
from soc.net import merge, network
from soc.records.source import Source, SourceRole, SourceType
from soc.records.zone import Zone, ZoneType
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context
    from soc.records import Record


def put_zone(
    name: str,
    prefixes: Sequence[str],
    context: Context,
    *,
    type: str | None = None,
    private: bool = False,
) -> Zone:
    """The zone of that name, new or changed; its prefixes are merged.

    Raises:
        InputError: a prefix is no network, or the type is unknown.
    """
    zone = Zone(
        id=Zone.key(context.config.site.code, name),
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name=name,
        type=_one_of(type, ZoneType, "--type"),
        prefixes=_networks(prefixes),
        private=private,
    )
    _put(zone, context)
    return zone


def put_source(
    name: str,
    context: Context,
    *,
    type: str | None = None,
    zone: str | None = None,
    role: str | None = None,
    prefixes: Sequence[str] = (),
    counts_volume: bool = True,
) -> Source:
    """The data source of that name, new or changed.

    Raises:
        InputError: a prefix is no network, or type or role is unknown.
    """
    source = Source(
        id=Source.key(context.config.site.code, name),
        state="active",
        at=context.clock.now(),
        author=context.actor.author(),
        name=name,
        type=_one_of(type, SourceType, "--type"),
        zone=zone,
        role=_one_of(role, SourceRole, "--role"),
        prefixes=_networks(prefixes),
        counts_volume=counts_volume,
    )
    _put(source, context)
    return source


def _networks(prefixes: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(found) for found in merge(network(text) for text in prefixes))


def _one_of(value: str | None, choices: Any, option: str) -> Any:
    known = get_args(choices)
    if value is not None and value not in known:
        raise InputError(f"{option}: {value!r}: use one of {', '.join(known)}")
    return value


def _put(record: Record, context: Context) -> None:
    """Store it where it differs from what stands."""
    before = context.store.records.get(record.kind, record.id)
    revision = before.revision if before else 0
    if before and replace(record, at=before.at, author=before.author, revision=revision) == before:
        return
    change = Change(f"{record.id}:{revision + 1}", record, expected=revision)
    context.store.records.apply([change])
