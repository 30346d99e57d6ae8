"""The made day as a duty desk lives it: files come in, detection runs, two people act on it.

Every piece of the day goes through the jobs that the scheduler runs, a few minutes after its
end on the made clock, so that the times in the drill report are those of such a desk.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from playbooks import _demo_drills as drills
from playbooks._demo_past import Steps, do, job, ship
from playbooks.simulate import _city as city
from playbooks.simulate import day, lab
from playbooks.simulate._planted import RULES
from soc.errors import ToolError
from soc.where import Equals

if TYPE_CHECKING:
    from playbooks.simulate._clock import MadeClock
    from soc.context import Context

HOURS = (0, 3, 6, *range(8, 19), 21, 24)  # files come by the hour, at night by three
COLLECTED, DETECTED, PROPOSED = (timedelta(minutes=n) for n in (2, 3, 6))  # after the piece ends
APPROVED, PUBLISHED, JUDGED = (timedelta(minutes=n) for n in (12, 15, 20))
PATIENCE_S = 300.0  # another demo on this machine has the lab
SCANNED_AT, ASKED_AT = time(10), time(16, 30)  # own scan; the neighbour's exit is asked about


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the day is worked through, and the two people who do: one works, one approves."""

    folder: Path
    duty: Context
    lead: Context
    clock: MadeClock
    say: Callable[[str], None]  # is told the name of each step as it begins

    @property
    def lists(self) -> Path:
        """Folder of the blocklists."""
        return self.folder / "blocklists"


def live_through(
    made: day.Day, clock: MadeClock, sit_down: Callable[[], AbstractContextManager[Desk]]
) -> Steps:
    """The day, piece by piece; what the jobs said, all runs of one job together.

    ``sit_down`` opens the desk anew for each piece, as jobs of a scheduler are opened.
    """
    steps: Steps = {}
    before = day.midnight()
    for piece in made.pieces:
        clock.set(piece.end)
        with sit_down() as desk:
            _worked(piece, before, desk, steps)
        before = piece.end
    return steps


def _worked(piece: day.Piece, before: datetime, desk: Desk, steps: Steps) -> None:
    """One piece of the day, which began when the one before it ended."""
    _collected(piece, desk, steps)
    if _detected(piece, desk, steps):
        _blocked(piece, desk, steps)
    if _falls(SCANNED_AT, before, piece.end):
        _scanned(desk, steps)
    if _falls(ASKED_AT, before, piece.end):
        _asked(piece, desk, steps)
    _judged(piece, before + JUDGED, desk)


def _falls(clock: time, start: datetime, end: datetime) -> bool:
    """True where that time of the day lies in the span, its end included."""
    return start < datetime.combine(day.DATE, clock, day.ZONE) <= end


def _collected(piece: day.Piece, desk: Desk, steps: Steps) -> None:
    desk.clock.set(piece.end + COLLECTED)
    for observer, path in piece.files.items():
        asked = {"paths": [path], "observer": observer, "origin": "simulated"}
        do(steps, f"collect {observer}", desk.duty, "collect", **asked)
    ship(desk.duty, steps)


def _detected(piece: day.Piece, desk: Desk, steps: Steps) -> bool:
    """True where an alert was opened or changed."""
    desk.clock.set(piece.end + DETECTED)
    told = do(steps, "detect", desk.duty, "detect")
    return bool(told["opened"] or told["updated"])


def _blocked(piece: day.Piece, desk: Desk, steps: Steps) -> None:
    desk.clock.set(piece.end + PROPOSED)
    if do(steps, "propose", desk.duty, "block propose")["proposed"]:
        _published(piece, desk, steps)


def _published(piece: day.Piece, desk: Desk, steps: Steps) -> None:
    """The second person approves what waits, and the lists are written."""
    from playbooks.block import approve, waiting

    desk.clock.set(piece.end + APPROVED)
    if names := waiting(desk.lead):
        approve(desk.lead, names, "演示：核对证据后同意")
    desk.clock.set(piece.end + PUBLISHED)
    formats = ["plain", "nftables"]
    steps["export"] = job(desk.duty, "block export", formats=formats, out=desk.lists)


def _judged(piece: day.Piece, since: datetime, desk: Desk) -> None:
    """The alerts of the drills are judged, and both people write their logs."""
    desk.clock.set(piece.end + JUDGED)
    drills.judge(desk.lead)
    for context in (desk.duty, desk.lead):
        drills.write(context, since, piece, desk.lists)


def _scanned(desk: Desk, steps: Steps) -> None:
    """The scan of the lab; left out, and told, where nmap is not installed."""
    with lab.running(patience_s=PATIENCE_S) as servers:
        targets = [server.address for server in servers]
        try:
            steps["scan"] = job(desk.duty, "scan", targets=targets, plan="daily") if targets else {}
        except ToolError as error:
            desk.say("no_scan")
            steps["scan"] = {"result": "skipped", "why": str(error)}
    ship(desk.duty, steps)


def _asked(piece: day.Piece, desk: Desk, steps: Steps) -> None:
    """Somebody asks to block the neighbour's exit, then a network around it, citing an alert."""
    miner = Equals("rule", RULES["mining_pool"])  # of no drill, and not over
    cited = [alert.id for alert in desk.duty.store.records.find("alert", miner)][:1]
    for step, wanted in (("neighbour alone", city.NEIGHBOUR), ("neighbour", city.NEIGHBOURHOOD)):
        asked = {"alerts": cited, "networks": [wanted]}
        steps[step] = job(desk.duty, "block propose", **asked) if cited else {}
    _published(piece, desk, steps)
