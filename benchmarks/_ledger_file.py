"""A ledger of our own making: invented names, addresses of the benchmarking range."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from openpyxl import Workbook

HEAD = (
    *("序号", "单位名称", "部门", "系统名称", "系统类型", "资产名称", "资产类型", "IP地址", "端口"),
    *("协议", "域名", "MAC地址", "责任人", "责任人电话", "等保级别", "等保备案号", "备案日期"),
    *("上线时间", "部署位置", "网络区域", "互联网暴露", "操作系统", "数据库", "开发商", "状态"),
)
SEED = 20260318
UNITS, SYSTEMS_A_UNIT, PEOPLE_A_UNIT = 200, 40, 12
_LEVELS = ("第二级", "第三级", "二级", "未定级", "", "备案中", "3")
_PORTS = ("80、443", "443", "8080-8083", "22", "3306", "全部", "")
_OS = ("麒麟V10", "CentOS 7.9", "Windows Server 2016", "Ubuntu 20.04", "")
_STATES = ("在用", "在用", "在用", "停用", "测试", "备用")


def rows(count: int) -> Iterator[list[str]]:
    """As units write them: full width here and there, free text, blanks."""
    chance = random.Random(SEED)
    for number in range(count):
        unit = chance.randrange(UNITS)
        system = chance.randrange(SYSTEMS_A_UNIT)
        address = f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        code = f"4403{unit % 100:02d}{unit:05d}-{system:05d}"
        yield [
            str(number + 1),
            f"澜汀区第{unit}局",
            f"第{unit % 7}科",
            f"第{unit}局业务系统{system}号",
            "业务应用" if system % 3 else "网站",
            f"srv-{number:06d}",
            "服务器" if number % 9 else "交换机",
            address if number % 11 else address.replace(".", "．"),
            chance.choice(_PORTS),
            "TCP",
            f"s{system}.u{unit}.example.cn",
            "02-00-" + "-".join(f"{number >> shift & 255:02X}" for shift in (24, 16, 8, 0)),
            f"张{unit}{chance.randrange(PEOPLE_A_UNIT)}",
            f"139{unit:04d}{system:04d}",
            chance.choice(_LEVELS),
            code if number % 5 else "备案中",
            f"20{10 + system % 15}-{1 + unit % 12:02d}-{1 + system % 28:02d}",
            f"20{10 + system % 15}.{1 + unit % 12}{'.8' if number % 20 else ''}",
            f"机房{unit % 4} 机柜{number % 60}",
            "政务外网",
            "否" if number % 6 else "是",
            chance.choice(_OS),
            "达梦8" if number % 2 else "MySQL 5.7",
            f"某软件公司{unit % 30}",
            chance.choice(_STATES),
        ]


def write_csv(path: Path, count: int) -> Path:
    """In GB18030, as most spreadsheets of offices save it."""
    with path.open("w", encoding="gb18030", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEAD)
        writer.writerows(islice(rows(count), count))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(HEAD)
    for row in rows(count):
        sheet.append(row)
    book.save(path)
    return path
