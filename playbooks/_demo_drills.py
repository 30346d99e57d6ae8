"""Two drills over the made day: the city's, and the district's own within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playbooks import drill
from playbooks._drill_params import Registration
from playbooks.simulate import _city as city

if TYPE_CHECKING:
    from soc.context import Context

CITY, OWN = "蓝湾-2026", "听潮-2026"
_UNITS = (f"{city.UNITS[0].name}:防守方", f"{city.UNITS[2].name}:防守方")
_DRILLS = (
    Registration(
        CITY,
        "2026-03-16",
        "2026-03-20",
        "市网络安全和信息化办公室",
        "defender",
        "city",
        "attack_defence",
        units=_UNITS,
        targets=("义务教育招生平台",),
        protected=(city.CDN,),
        posts=("监测组:周启明", "研判组:林若溪"),
        origin="simulated",
    ),
    Registration(
        OWN,
        "2026-03-18T09:00",
        "2026-03-18T18:00",
        city.UNITS[0].name,
        "organiser",
        "own",
        "attack_defence",
        units=(f"{city.UNITS[8].name}:防守方", f"{city.UNITS[10].name}:防守方"),
        origin="simulated",
    ),
)
_LOG = (
    (CITY, "2026-03-18T09:12", "detect", "发现对外服务区遭全段扫描，均被拒绝"),
    (CITY, "2026-03-18T14:10", "judge", "招生平台拦截激增，经研判为攻击队所为"),
    (CITY, "2026-03-18T14:25", "respond", "提请封堵攻击来源地址"),
    (OWN, "2026-03-18T10:35", "detect", "望榕社区自助终端横向扫描，已通知断网"),
    (OWN, "2026-03-18T16:30", "problem", "自助终端未纳入准入管理，列入整改"),
)


def hold(context: Context) -> None:
    """Both drills registered, and what the teams wrote down."""
    for asked in _DRILLS:
        drill.new(context, asked)
    for name, at, stage, text in _LOG:
        drill.log(context, drill.find(context, name), text, at=at, stage=stage)
