"""The made district 澜汀区: its units, networks and registered systems."""

from __future__ import annotations

from dataclasses import dataclass

EXTRANET = "198.18.0.0/16"
EXTRANET_V6 = "2001:db8:100::/48"
DMZ = "192.0.2.0/25"
DMZ_V6 = "2001:db8:200::/48"
NAT = "192.0.2.128/28"
TRANSLATED = "192.0.2.133"  # what servers look like outside
LAB = "127.0.10.0/24"  # small servers of the demo, on loopback
ATTACKERS = "198.51.100.0/24"
ATTACKERS_V6 = "2001:db8:bad::/48"
CITIZENS = "203.0.113.0/24"
CITIZENS_V6 = "2001:db8:c172::/48"
SCANNER = "192.0.2.120"  # our own, registered
CDN = "203.0.113.10"  # its front; citizens and attackers come through it
NEIGHBOUR = "203.0.113.66"  # NAT exit of the next district
NEIGHBOURHOOD = "203.0.113.64/28"  # a network around it, that somebody asks to block
RESOLVER = "198.18.0.53"
TENANTS = "198.19.8.0/24"  # of the cloud, and of the video network too

ZONES: dict[str, tuple[str, ...]] = {
    "公用网络区": (EXTRANET, EXTRANET_V6),
    "互联网区": (DMZ, DMZ_V6, NAT),
    "lab": (LAB,),
    "政务云": (TENANTS,),
    "视频专网": (TENANTS,),
}
PRIVATE = ("政务云", "视频专网")  # zones that hold the same addresses, each its own


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its block of the extranet is 198.18.<number>.0/24."""

    name: str
    short: str
    number: int
    kind: str
    contact: str
    parent: str | None = None


UNITS = (
    Unit("澜汀区政务服务和数据管理局", "区政数局", 0, "委办局", "周启明"),
    Unit("澜汀区委办公室", "区委办", 1, "委办局", "秦望舒"),
    Unit("澜汀区教育局", "区教育局", 2, "委办局", "陆知微"),
    Unit("澜汀区卫生健康局", "区卫健局", 3, "委办局", "沈予安"),
    Unit("澜汀区人民医院", "区人民医院", 4, "医院", "顾言初", "澜汀区卫生健康局"),
    Unit("澜汀区城市管理局", "区城管局", 5, "委办局", "韩子墨"),
    Unit("澜汀区应急管理局", "区应急局", 6, "委办局", "许清和"),
    Unit("澜汀区住房和建设局", "区住建局", 7, "委办局", "孟行之"),
    Unit("云汀街道办事处", "云汀街道", 8, "街道", "程若谷"),
    Unit("澜港街道办事处", "澜港街道", 9, "街道", "方既白"),
    Unit("望榕社区工作站", "望榕社区", 10, "社区", "叶听澜", "云汀街道办事处"),
    Unit("澜汀城市投资有限公司", "澜汀城投", 11, "区属企业", "袁思齐"),
)


@dataclass(frozen=True, slots=True)
class System:
    """A registered system at one address."""

    unit: str
    name: str
    zone: str
    address: str
    port: int
    domain: str = ""
    level: str = "二级"
    importance: str = "一般"
    state: str = "在用"
    online: str = "2021-05-06"
    maintained: str = "2025-11-20"
    retire: str = ""
    filing: str = ""
    has_owner: bool = True
    is_secret: bool = False


def systems() -> tuple[System, ...]:
    """Systems of every day: some of their own, and three plain ones for every unit."""
    return (*_OWN, *(system for unit in UNITS for system in _plain(unit)))


def _plain(unit: Unit) -> tuple[System, ...]:
    block = f"198.18.{unit.number}"
    return (
        System(unit.name, f"{unit.short}协同办公系统", "公用网络区", f"{block}.10", 443),
        System(unit.name, f"{unit.short}业务数据库", "公用网络区", f"{block}.20", 3306),
        System(unit.name, f"{unit.short}文件服务器", "公用网络区", f"{block}.30", 445),
    )


_BUREAU, _SCHOOLS, _HEALTH = UNITS[0].name, UNITS[2].name, UNITS[3].name
_HOSPITAL, _BUILDING, _TOWN = UNITS[4].name, UNITS[7].name, UNITS[8].name
_OUTSIDE, _INSIDE = "互联网区", "公用网络区"
_OWN = (
    System(
        _BUREAU,
        "区政府门户网站",
        _OUTSIDE,
        "192.0.2.10",
        443,
        "www.lanting.example",
        "三级",
        "重要",
    ),
    System(
        _BUREAU,
        "政务服务大厅",
        _OUTSIDE,
        "2001:db8:200::11",
        443,
        "zw.lanting.example",
        "三级",
        "重要",
    ),
    System(
        _SCHOOLS,
        "义务教育招生平台",
        _OUTSIDE,
        "192.0.2.20",
        443,
        "zs.lanting.example",
        "三级",
        "重要",
    ),
    System(_HEALTH, "家庭医生签约平台", _OUTSIDE, "192.0.2.30", 443, "jy.lanting.example"),
    System(_HOSPITAL, "预约挂号系统", _OUTSIDE, "192.0.2.40", 443, "gh.lanting.example", "三级"),
    System(_BUILDING, "房屋租赁备案系统", _OUTSIDE, "192.0.2.50", 8080, "zl.lanting.example"),
    System(_TOWN, "云汀街道网格系统", _OUTSIDE, "192.0.2.60", 443, "wg.lanting.example"),
    System(_BUREAU, "网管跳板机", _OUTSIDE, "192.0.2.70", 22),
    System(_BUREAU, "域名解析服务", _INSIDE, RESOLVER, 53, "", "二级", "重要"),
    System(_BUREAU, "政务云共享数据库", _INSIDE, "198.18.0.45", 3306, "", "三级", "重要"),
    System(_BUILDING, "工程审批接口服务", _INSIDE, "198.18.7.15", 8443),
    System(_TOWN, "云汀街道网格数据服务", _INSIDE, "198.18.8.22", 443),
    System(_BUREAU, "企业服务平台（测试环境）", "lab", "127.0.10.11", 8080),
    System(_BUREAU, "缓存服务（测试环境）", "lab", "127.0.10.12", 6379),
    System(_BUREAU, "运维入口（测试环境）", "lab", "127.0.10.13", 2222),
)
