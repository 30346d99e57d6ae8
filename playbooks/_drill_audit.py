"""Refusals around drills go to the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soc.errors import ScopeError

if TYPE_CHECKING:
    from soc.context import Context


@contextmanager
def audited(context: Context, name: str, action: str) -> Iterator[None]:
    """A refusal inside the block stands in the audit log, then goes on."""
    try:
        yield
    except ScopeError as error:
        from soc.audit import refusal

        author, now = context.actor.author(), context.clock.now()
        context.store.audit.append(refusal(error, author, "drill", name, action, now))
        raise
