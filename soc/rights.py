"""Who may change what: a right is asked for before anything happens, and a refusal is audited.

A site whose settings name nobody in ``[people]`` is one person's: there everybody who can write
into its folder may do what is asked for here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soc.errors import ScopeError

if TYPE_CHECKING:
    from soc.context import Context


def demanded(right: str, context: Context, kind: str, id: str, action: str) -> None:
    """Nothing, where the actor has the right; ``kind``, ``id``, ``action`` tell what was wanted.

    Raises:
        ScopeError: they have not; it is audited.
    """
    if not context.config.people:
        return
    try:
        context.actor.require(right)
    except ScopeError as error:
        author, now = context.actor.author(), context.clock.now()
        context.store.audit.refused(error, author, kind, id, action, now)
        raise
