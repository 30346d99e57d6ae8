"""The one thing that is passed to every plug-in and job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soc.actor import Actor
    from soc.calendar import Calendar
    from soc.config import Config
    from soc.estate import Estate
    from soc.jobs import Runner
    from soc.progress import Progress
    from soc.scope import Scope
    from soc.store import Engine, Store


class Clock(Protocol):
    """Tells the time; a test or a made day brings its own."""

    def now(self) -> datetime:
        """The current time, aware, UTC."""


@dataclass(frozen=True)
class Context:
    """Everything a plug-in may need from outside itself."""

    config: Config
    store: Store
    engine: Engine
    clock: Clock
    calendar: Calendar
    actor: Actor
    estate: Estate
    scope: Scope
    jobs: Runner
    progress: Progress
    environment: Mapping[str, str]
