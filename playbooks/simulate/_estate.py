"""What else the ledger of 澜汀区 holds: usual systems, and those that nobody uses any more.

A ``Silent`` system has no clients through the whole history, or few; it names the class that the
district must come to. A benign one looks like it and is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle

from playbooks.simulate import _campaigns
from playbooks.simulate import _city as city
from playbooks.simulate._city import System, Unit

TENANT = "198.19.8.11"  # stands in two zones, each time another system
OLD_NAME = "澜汀区大数据管理局"  # of the bureau, until 2024
SHADOW, SHADOW_PORT = "198.18.7.188", 8848  # a Nacos host that stands in no ledger
DEFAULT_PAGE = "Welcome to nginx!"
_INSIDE = "公用网络区"
_LATER = 20  # usual systems of each unit beside its three plain ones
_NAMES = (
    "公文归档系统", "项目申报系统", "会议管理系统", "信访登记系统", "档案检索系统",
    "考勤管理系统", "固定资产系统", "财务报销系统", "合同管理系统", "督查督办系统",
    "数据填报系统", "门户后台", "短信平台", "移动办公网关", "培训考试系统",
    "内部论坛", "报表中心", "地图服务", "电子签章服务", "日志中心",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silent:
    """A system that looks dead, and the class that it must be given."""

    name: str  # stable key; the catalogue has its title
    system: System
    category: str  # state of the verdict
    page: str = ""  # title that a scanner reads; none: that of the system
    answers: bool = True  # a scanner finds it open
    declared: tuple[str, date] | None = None  # pattern, and until when
    days: tuple[int, ...] = ()  # of the month on which it has clients after all


@dataclass(frozen=True, slots=True)
class Device:
    """A row of the ledger that is no system."""

    unit: str
    name: str
    type: str
    zone: str
    address: str


DEVICES = (
    Device(city.UNITS[0].name, "互联网出口地址转换", "NAT出口", "互联网区", city.NAT),
    Device(
        city.UNITS[10].name,
        "便民服务自助终端",
        "自助终端",
        _INSIDE,
        f"{_campaigns.KIOSK}、{_campaigns.KIOSK_V6}",
    ),
)


def _at(unit: int, host: int, name: str, **more: object) -> System:
    address = f"198.18.{unit}.{host}"
    made = System(city.UNITS[unit].name, name, _INSIDE, address, 443)
    return replace(made, **more)  # type: ignore[arg-type]


_OLD = {"maintained": "2023-04-11"}

SILENT = (
    Silent(
        "zombie_default_page",
        _at(6, 170, "防汛值守旧平台", port=8080, **_OLD),
        "zombie",
        DEFAULT_PAGE,
    ),
    Silent(
        "zombie_overdue",
        _at(2, 170, "教师继续教育系统", retire="2025-06-30", has_owner=False, **_OLD),
        "zombie",
    ),
    Silent("zombie_suspected", _at(3, 170, "慢病随访系统", **_OLD), "suspected"),
    Silent("zombie_lost", _at(7, 170, "工地噪声监测系统", **_OLD), "lost", answers=False),
    Silent(
        "zombie_unverified",
        System(
            city.UNITS[7].name, "不动产档案影像系统", "政务云", "198.19.8.20", 443, maintained=""
        ),
        "unverified",
    ),
    Silent("zombie_answering", _at(8, 170, "民情日记系统", state="停用"), "answering"),
)
BENIGN = (
    Silent(
        "season_declared",
        _at(2, 171, "秋季招生报名系统", **_OLD),
        "active",
        declared=("seasonal", date(2026, 9, 30)),
    ),
    Silent(
        "standby_declared",
        _at(0, 171, "政务服务灾备站点", **_OLD),
        "active",
        declared=("standby", date(2026, 12, 31)),
    ),
    Silent(
        "monthly_reports", _at(11, 171, "月度报表系统", **_OLD), "active", days=(26, 27, 28, 1, 2)
    ),
)
DISPUTED = (
    _at(8, 172, "街道共享会议系统"),
    replace(_at(8, 172, "共享视频会议系统"), unit=city.UNITS[9].name),  # the neighbour claims it
)
SECRET = _at(1, 173, "机要文件传输系统", is_secret=True)


def usual() -> tuple[System, ...]:
    """Systems with a few clients every day, those of ``_city`` included."""
    made = (system for unit in city.UNITS for system in _usual_of(unit))
    return (*city.systems(), *made)


def _usual_of(unit: Unit) -> tuple[System, ...]:
    """With the number of a 等保 filing, and maintained last year."""
    ports = cycle((443, 8080, 443, 8443))
    return tuple(
        System(
            unit.name,
            f"{unit.short}{name}",
            _INSIDE,
            f"198.18.{unit.number}.{140 + n}",
            next(ports),
            filing=f"99010100001-{unit.number * 100 + n:05d}",
        )
        for n, name in enumerate(_NAMES[:_LATER])
    )


def tenants() -> tuple[System, ...]:
    """Systems of the cloud and of the video network, which hold the same addresses."""
    return tuple(
        System(city.UNITS[unit].name, name, zone, f"198.19.8.{host}", port)
        for unit, name, zone, host, port in (
            (0, "一体化政务平台", "政务云", 11, 443),
            (0, "电子证照库", "政务云", 12, 443),
            (5, "街面视频汇聚平台", "视频专网", 11, 554),
            (5, "停车场视频接入", "视频专网", 12, 554),
        )
    )


def registered() -> tuple[System, ...]:
    """Every row of the ledger, in its order; the last one is not to be taken."""
    silent = (each.system for each in (*SILENT, *BENIGN))
    return (*usual(), *tenants(), *silent, *DISPUTED, SECRET)
