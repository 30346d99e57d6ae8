"""The ledger of 澜汀区 as its units send it."""

from __future__ import annotations

from playbooks.simulate import _city as city
from playbooks.simulate import _estate

HEADERS = (
    "序号",
    "单位名称",
    "系统名称",
    "资产名称",
    "资产类型",
    "网络区域",
    "IP地址",
    "端口",
    "协议",
    "域名",
    "责任人",
    "联系电话",
    "等保级别",
    "等保备案号",
    "重要程度",
    "上线时间",
    "最近维护时间",
    "计划下线时间",
    "状态",
    "是否涉密",
    "备注",
)
_BUREAU = city.UNITS[0].name
_OLD_EVERY = 4  # every so manieth row of the bureau still bears its old name


def rows() -> list[tuple[object, ...]]:
    """A row a system or a device, headers not included."""
    contacts = {unit.name: unit.contact for unit in city.UNITS}
    devices = [_device(n, each) for n, each in enumerate(_estate.DEVICES, start=1)]
    systems = enumerate(_estate.registered(), start=len(devices) + 1)
    return [*devices, *(_row(n, system, contacts[system.unit]) for n, system in systems)]


def _device(number: int, device: _estate.Device) -> tuple[object, ...]:
    """A row that names no system."""
    known = {
        "序号": number,
        "单位名称": device.unit,
        "资产名称": device.name,
        "资产类型": device.type,
        "网络区域": device.zone,
        "IP地址": device.address,
        "状态": "在用",
        "是否涉密": "否",
    }
    return tuple(known.get(header, "") for header in HEADERS)


def _row(number: int, system: city.System, contact: str) -> tuple[object, ...]:
    is_old = system.unit == _BUREAU and number % _OLD_EVERY == 0
    phone = f"0000-{8_000_000 + number}"  # an area code that does not exist
    return (
        number,
        _estate.OLD_NAME if is_old else system.unit,
        system.name,
        "",
        "",
        system.zone,
        system.address,
        system.port,
        "tcp" if system.port != 53 else "udp",
        system.domain,
        contact if system.has_owner else "",
        phone if system.has_owner else "",
        system.level,
        system.filing,
        system.importance,
        system.online,
        system.maintained,
        system.retire,
        system.state,
        "是" if system.is_secret else "否",
        "",
    )
