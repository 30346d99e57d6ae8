"""Refusals of blocking go to the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soc.errors import ScopeError

if TYPE_CHECKING:
    from soc.context import Context


@contextmanager
def audited(context: Context, names: Sequence[str], action: str) -> Iterator[None]:
    """A refusal inside the block stands in the audit log, then goes on."""
    try:
        yield
    except ScopeError as error:
        author, now = context.actor.author(), context.clock.now()
        context.store.audit.refused(error, author, "block", " ".join(names), action, now)
        raise
