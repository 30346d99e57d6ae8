"""The settings of a small site of which this process's login is the master."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli import jobs
from soc._open import open_context
from soc.actor import Actor
from soc.config import read

if TYPE_CHECKING:
    from soc.context import Context

ME = Actor.current({}, os.environ).login

SETTINGS = """
home = "{home}"

[site]
name = "澜汀区政务服务和数据管理局"
code = "lt"
region = "澜汀区"

[scope]
scan = [{scan}]

[estate]
never_block = ["203.0.113.0/24"]
guard_profile = "documentation-allowed"

[people.{me}]
name = "周启明"
rights = ["approve", "scan", "block", "judge", "admin"]

[people.second]
name = "林若溪"
rights = ["approve", "block"]

[scanners.nmap]
versions = false
"""


def site(folder: Path, *, scan: tuple[str, ...] = (), more: str = "") -> Path:
    """The path of the settings; its home lies beside it."""
    path = folder / "soc.toml"
    networks = ", ".join(f'"{network}"' for network in scan)
    text = SETTINGS.format(home=folder / "home", scan=networks, me=ME)
    path.write_text(f"{text}\n{more}\n", encoding="utf-8")
    return path


@contextmanager
def as_second(config: Path) -> Iterator[Context]:
    """The site as the second person opens it."""
    settings = read(config, {})
    person = settings.people["second"]
    actor = Actor("second", person.name, person.rights, through="cli", host="test")
    with open_context(settings, jobs(), actor=actor) as context:
        yield context
