"""Who acts: the person behind the operating system's login, and what they may do."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from soc.errors import ScopeError
from soc.records import Author, Through

_UNSET = 2**32 - 1  # loginuid of a process that no login began
_LOGINUID = Path("/proc/self/loginuid")


class Person(Protocol):
    """An entry of ``[people]``."""

    @property
    def name(self) -> str: ...

    @property
    def rights(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with a login on a host; a job that acts for them never approves."""

    login: str
    person: str | None
    rights: frozenset[str]
    through: Through
    host: str

    @classmethod
    def current(
        cls,
        people: Mapping[str, Person],
        environment: Mapping[str, str],
        through: Through = "cli",
    ) -> Self:
        """Who runs this process; without an entry in ``[people]`` they may only look.

        The login is that of the session (``loginuid``: set once by PAM, kept through ``su`` and
        ``sudo``); without one, the user who called ``sudo`` where we run as root; else the user.
        """
        login = _login(_loginuid(), os.geteuid(), environment.get("SUDO_UID"), _name_of)
        person = people.get(login)
        actor = cls(
            login=login,
            person=(person.name or None) if person else None,
            rights=frozenset(person.rights) if person else frozenset(),
            through="cli",
            host=socket.gethostname(),
        )
        return actor.acting(through)

    def acting(self, through: Through) -> Self:
        """The same person through another door; only at the console do they approve."""
        rights = self.rights if through == "cli" else self.rights - {"approve"}
        return replace(self, through=through, rights=rights)

    def author(self) -> Author:
        """As it is written into the records that they change."""
        return Author(login=self.login, person=self.person, through=self.through, host=self.host)

    def require(self, right: str) -> None:
        """Nothing, where they have the right.

        Raises:
            ScopeError: they have not.
        """
        if right in self.rights:
            return
        if right == "approve" and self.through != "cli":
            raise ScopeError(f"{self.login}: a job never approves; approve at the console")
        raise ScopeError(
            f"{self.login}: may not {right}; an administrator adds {right!r} to "
            f"rights of [people.{self.login}]"
        )


def _login(
    loginuid: int | None, euid: int, sudo_uid: str | None, name_of: Callable[[int], str | None]
) -> str:
    """Name behind the process; a number that has no name here is no evidence."""
    session = None if loginuid is None else name_of(loginuid)
    if session is not None:
        return session
    if euid == 0 and sudo_uid is not None and sudo_uid.isdecimal():
        caller = name_of(int(sudo_uid))
        if caller is not None:
            return caller
    return name_of(euid) or f"uid {euid}"


def _loginuid() -> int | None:
    """The user who logged in, as the kernel keeps it; None where nobody did, or no Linux."""
    try:
        found = int(_LOGINUID.read_text())
    except (OSError, ValueError):
        return None
    return None if found == _UNSET else found


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return None
