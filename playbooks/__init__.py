"""Alerts and findings in; incidents, blocklists, notices and drills out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playbooks._block_params import ExportParams, ProposeParams, RollbackParams
from soc.jobs import Job, Outcome

if TYPE_CHECKING:
    from soc.context import Context


def _propose(params: Any, context: Context) -> Outcome:
    from playbooks.block import propose

    return propose(params, context)


def _export(params: Any, context: Context) -> Outcome:
    from playbooks.block import export

    return export(params, context)


def _publish(params: Any, context: Context) -> Outcome:
    from playbooks.block import publish

    return publish(params, context)


def _rollback(params: Any, context: Context) -> Outcome:
    from playbooks.block import rollback

    return rollback(params, context)


JOBS = (
    Job("block propose", _propose, ProposeParams, lock="block"),
    Job("block export", _export, ExportParams, lock="block"),
    Job("block publish", _publish, ExportParams, lock="block"),
    Job("block rollback", _rollback, RollbackParams, lock="block"),
)
