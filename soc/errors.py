"""Every error raised on purpose.

    SocError                     1   base: one line for the user, no traceback
      ConfigError                2   a setting is wrong or a plug-in unknown: edit the named key
      InputError                 3   a source cannot be read at all: skip it, go on with the others
      RuleError                  4   a rule or playbook does not load: skip it, report it, go on
      StoreError                 5   the store refused
        StoreUnavailable         5   ... for now: the scheduler retries with back-off
        Conflict                 5   somebody else changed it first: read again, then retry
      ToolError                  6   nmap or another program is missing or failed
      ScopeError                 7   target or action not allowed: never retried, always audited

The number is the exit code of the process. Anything else that escapes is a bug and
shows its traceback. A message names the place, the value and the remedy, on one line.
"""

from __future__ import annotations

from typing import ClassVar


class SocError(Exception):
    """Base of all errors raised on purpose."""

    exit_code: ClassVar[int] = 1
    can_retry: ClassVar[bool] = False

    def __str__(self) -> str:
        """The message on one line, whatever the quoted value held."""
        return " ".join(super().__str__().split())


class ConfigError(SocError):
    """A setting is wrong, or names a plug-in that does not exist."""

    exit_code = 2


class InputError(SocError):
    """A source cannot be read at all."""

    exit_code = 3


class RuleError(SocError):
    """A rule or playbook does not load."""

    exit_code = 4


class StoreError(SocError):
    """The store refused."""

    exit_code = 5


class StoreUnavailable(StoreError):  # noqa: N818 - the name the error tree of the design uses
    """The store refused for now: disk full, lock held, server away."""

    can_retry = True


class Conflict(StoreError):  # noqa: N818 - a state, not a failure of ours
    """The stored revision or position moved since it was read."""

    can_retry = True


class ToolError(SocError):
    """A program that we run is missing or failed."""

    exit_code = 6


class ScopeError(SocError):
    """A target or action that is not allowed; always audited, once."""

    exit_code = 7
    is_audited = False
