"""Alerts and findings in; incidents, blocklists, notices and drills out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playbooks._block_params import ExportParams, ProposeParams
from soc.jobs import Job, Outcome

if TYPE_CHECKING:
    from soc.context import Context


def _propose(params: Any, context: Context) -> Outcome:
    from playbooks.block import propose

    return propose(params, context)


def _export(params: Any, context: Context) -> Outcome:
    from playbooks.block import export

    return export(params, context)


JOBS = (
    Job("block propose", _propose, ProposeParams, lock="block"),
    Job("block export", _export, ExportParams, lock="block"),
)
