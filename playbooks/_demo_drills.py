"""Two drills over the made day: the city's, and the district's own within it.

Both have registered attack sources; what comes from those is marked with the drill, and an
address that both registered with both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from playbooks import drill
from playbooks._block_effective import IN_FORCE
from playbooks._demo_found import SHARED
from playbooks._drill_params import Registration
from playbooks.blocklists import plain
from playbooks.simulate import _campaigns, day
from playbooks.simulate import _city as city
from soc.evidence import Citation, keep_all
from soc.metrics import drills as counted
from soc.metrics._drills_times import holds
from soc.store import Change

if TYPE_CHECKING:
    from pathlib import Path

    from soc.context import Context
    from soc.records.alert import Alert
    from soc.records.block import Block

CITY, OWN = "蓝湾-2026", "听潮-2026"
_BUREAU, _SCHOOLS = city.UNITS[0].name, city.UNITS[2].name
_TOWN, _COMMUNITY = city.UNITS[8].name, city.UNITS[10].name
_DRILLS = (
    Registration(
        CITY,
        "2026-03-16",
        "2026-03-20",
        "市网络安全和信息化办公室",
        "defender",
        "city",
        "attack_defence",
        units=(f"{_BUREAU}:防守方", f"{_SCHOOLS}:防守方"),
        targets=("义务教育招生平台",),
        attack_sources=(
            _campaigns.SWEEPER,
            SHARED,
            _campaigns.STORMER,
            "198.51.100.88",
            "2001:db8:bad::7",
        ),
        protected=(city.CDN,),
        posts=("监测组:周启明", "研判组:林若溪"),
        origin="simulated",
    ),
    Registration(
        OWN,
        "2026-03-18T09:00",
        "2026-03-18T18:00",
        _BUREAU,
        "organiser",
        "own",
        "attack_defence",
        units=(f"{_TOWN}:防守方", f"{_COMMUNITY}:防守方"),
        targets=("云汀街道网格数据服务", "云汀街道网格系统"),
        attack_sources=(
            SHARED,
            _campaigns.KIOSK,
            _campaigns.KIOSK_V6,
            "198.51.100.90",
            "198.51.100.91",
            "2001:db8:bad::92",
        ),
        protected=(city.CDN, city.NEIGHBOUR),
        posts=("监测组:周启明", "研判组:林若溪", "处置组:叶听澜"),
        origin="simulated",
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody writes: login, drill, when, at which stage, and what it rests on."""

    by: str
    drill: str
    at: str
    stage: str
    text: str
    proof: str = ""  # data source whose file of the hour is kept, or BLOCKLIST

    @property
    def moment(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.at).replace(tzinfo=day.ZONE)


BLOCKLIST = f"blocklist{plain.SUFFIX}"
LOG = (
    Line("duty", CITY, "2026-03-18T10:08", "detect", "9时05分起对外服务区遭全段扫描，均被拒绝"),
    Line("duty", CITY, "2026-03-18T10:15", "respond", "扫描来源已列入封堵清单", BLOCKLIST),
    Line("duty", OWN, "2026-03-18T11:06", "detect", "望榕社区自助终端横向扫描，已通知断网"),
    Line("lead", OWN, "2026-03-18T11:18", "judge", "云汀街道一台主机口令被猜中", day.INNER),
    Line("lead", CITY, "2026-03-18T15:10", "judge", "招生平台拦截激增，为攻击队所为", day.SENSOR),
    Line("duty", CITY, "2026-03-18T15:15", "respond", "招生平台攻击来源已封堵", BLOCKLIST),
    Line("duty", OWN, "2026-03-18T16:30", "problem", "自助终端未纳入准入管理，列入整改"),
)


def register(context: Context) -> None:
    """Both drills, before they begin to count."""
    for asked in _DRILLS:
        drill.new(context, asked)


def write(context: Context, since: datetime, piece: day.Piece, lists: Path) -> None:
    """What the actor has to write of what happened since then, up to now."""
    now = context.clock.now()
    for line in LOG:
        if line.by == context.actor.login and since < line.moment <= now:
            proof = lists / BLOCKLIST if line.proof == BLOCKLIST else piece.files.get(line.proof)
            files = [proof] if proof and proof.is_file() else []
            about = drill.find(context, line.drill)
            drill.log(context, about, line.text, at=line.at, stage=line.stage, files=files)


def judge(context: Context) -> None:
    """Alerts of both drills: closed as attacks where the attacker is kept out, else taken on."""
    found = [drill.asked(context, drill.find(context, name)) for name in (CITY, OWN)]
    settle(context, list({a.id: a for asked in found for a in counted.alerts(asked)}.values()))


def settle(context: Context, alerts: Sequence[Alert]) -> None:
    """Alerts whose attacker is blocked are closed as attacks; the others are taken on."""
    held = [cast("Block", each) for each in context.store.records.find("block")]
    standing = [block for block in held if block.state in IN_FORCE]
    waiting = [alert for alert in alerts if alert.state in ("open", "acknowledged")]
    done = [a for a in waiting if any(holds(block, a) for block in standing)]
    keep_all(context, [Citation(a.evidence, (a.id,), a.first_seen, a.last_seen) for a in done])
    taken = [a for a in waiting if a not in done and a.state == "open"]
    changes = [*_changes(context, done, "closed"), *_changes(context, taken, "acknowledged")]
    context.store.records.apply(changes)


def _changes(context: Context, alerts: Sequence[Alert], state: str) -> Iterator[Change]:
    login, now = context.actor.login, context.clock.now()
    for alert in alerts:
        after = replace(alert, state=state, assignee=login, at=now, author=context.actor.author())
        if state == "closed":
            after = replace(after, verdict="attack", judged_by=login, judged_at=now)
        yield Change(f"{alert.id}/{alert.revision + 1}", after, alert.revision)
