"""A walk through every command on one small site whose store is made by commands only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from playbooks.simulate import day
from tests import fake_nmap, lab
from tests.e2e.console import soc
from tests.e2e.site import as_second, site

PREFIXES = {
    "公用网络区": ("198.18.0.0/16", "2001:db8:100::/48"),
    "互联网区": ("192.0.2.0/24", "2001:db8:200::/48"),
}
THEIRS = "198.51.100.250"  # proposed by the second person
HOURS = '[scanners.nmap.hours]\nmonthly = "{0:%H:%M}-{1:%H:%M}"\n'  # not now
COLLECTOR = '[collectors.sensor]\ntype = "suricata"\npaths = ["{eve}"]\nobserver = "ids"\n'


@dataclass
class Tour:
    """What every command printed with ``--json``, the first time that it was called."""

    folder: Path
    settings: str = ""  # more of them
    said: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        eve = self.folder / "day" / "eve-0000.json"
        later = [datetime.now(timezone(timedelta(hours=8))) + timedelta(hours=h) for h in (2, 3)]
        more = COLLECTOR.format(eve=eve) + HOURS.format(*later) + self.settings
        self.config = site(self.folder, scan=(lab.network(),), more=more)

    def ask(self, command: str, *arguments: object, codes: tuple[int, ...] = (0,)) -> Any:
        """The document that a command prints."""
        said = soc(*command.split(), *arguments, "--json", config=self.config)
        assert said.code in codes, f"soc {command}: {said.code}: {said.err}"
        self.said.setdefault(command, said.value)
        return said.value


def tour(folder: Path, settings: str = "") -> Tour:
    """The documents of all commands but ``demo``, which has a test of its own."""
    walk = Tour(folder, settings)
    made = day.write(folder / "day", 7, 1_500)
    _ledger(walk, made)
    _telemetry(walk, made)
    _rules(walk)
    _alerts(walk)
    _scans(walk)
    _zombies(walk)
    _blocks(walk)
    _reports(walk)
    _drills(walk)
    _house(walk)
    return walk


def _ledger(walk: Tour, made: day.Day) -> None:
    for name, prefixes in PREFIXES.items():
        walk.ask("zones set", name, *(f"--prefix={prefix}" for prefix in prefixes))
    walk.ask("zones set", "lab", f"--prefix={lab.network()}")
    walk.ask("zones list")
    walk.ask("sources set", day.OUTER, "--type=exporter", "--zone=互联网区", "--role=egress")
    walk.ask("sources set", "ids", "--type=log", "--zone=互联网区")
    walk.ask("sources list")
    walk.ask("assets diff", made.ledger)
    walk.ask("assets import", made.ledger)
    _claimed_twice(walk)
    walk.ask("assets export", "--out", walk.folder / "ledger.xlsx")
    assets = walk.ask("assets list")
    walk.ask("assets show", assets[0]["id"])
    walk.ask("assets who", "192.0.2.10")
    units = walk.ask("units list")
    walk.ask("units show", units[0]["id"])


def _claimed_twice(walk: Tour) -> None:
    """Two units claim one endpoint, which is listed, and the later claim is taken back."""
    ledger = walk.folder / "claims.csv"
    head = "单位名称,系统名称,IP地址,端口\n"
    rows = "望榕社区,自助终端甲,198.18.200.9,80\n云汀街道,自助终端乙,198.18.200.9,80\n"
    ledger.write_text(head + rows, encoding="utf-8")
    walk.ask("assets import", ledger)
    walk.ask("assets conflicts")
    walk.ask("assets undo", "--reason", "登记有误")
    _moved(walk)


def _moved(walk: Tour) -> None:
    """A system at two addresses: suggested, merged, and all of it taken back."""
    ledger = walk.folder / "moved.csv"
    head = "单位名称,系统名称,IP地址,端口\n"
    rows = "望榕社区,自助终端丙,198.18.200.11,80\n望榕社区,自助终端丙,198.18.200.12,80\n"
    ledger.write_text(head + rows, encoding="utf-8")
    (found,) = walk.ask("assets import", ledger)["merges"]
    walk.ask("assets duplicates")
    walk.ask("assets merge", *(asset["id"] for asset in found["assets"]))
    for reason in ("两台机器", "登记有误"):
        walk.ask("assets undo", "--reason", reason)


def _telemetry(walk: Tour, made: day.Day) -> None:
    walk.ask("collect list")
    flows = made.pieces[0].files[day.OUTER]
    walk.ask("collect file", flows, "--as=netflow", f"--observer={day.OUTER}")
    walk.ask("collect run", "sensor")
    walk.ask("collect file", made.pieces[0].files[day.SENSOR], "--observer=ids")
    walk.ask("collect status")
    walk.ask("collect dissect", flows, "--packet=1")


def _rules(walk: Tour) -> None:
    found = walk.ask("detect rules list")
    walk.ask("detect rules status")
    walk.ask("detect rules lint")
    walk.ask("detect rules test", Path(found[0]["path"]).stem)
    walk.ask("detect rules disable", found[0]["id"], "--reason=试运行")
    walk.ask("detect rules enable", found[0]["id"], "--reason=试运行结束")
    folder = walk.folder / "rules"
    folder.mkdir()
    (folder / "mine.yml").write_text(RULE, encoding="utf-8")
    walk.ask("detect rules import", folder, "--set=mine")
    walk.ask("detect run")
    walk.ask("detect analytics")
    walk.ask("figure set", "attacks_blocked", "--day=2026-03-17", "--value=3", "--evidence=7号")
    walk.ask("figure list", "--first=2026-03-01", "--last=2026-03-31")
    walk.ask("figure total", "phishing_reports", "--first=2026-03-01", "--last=2026-03-31")


RULE = """\
title: Page that nobody asks for
id: 7f0f1b1e-4e6c-4d8f-9d5b-0a5f7c1d2e3f
status: test
level: low
logsource: {category: webserver}
detection:
  page: {cs-uri-stem|endswith: /nobody.html}
  condition: page
"""


def _alerts(walk: Tour) -> None:
    found = walk.ask("alerts list")
    first, second, third = (alert["id"] for alert in found[:3])
    of_sigma = next(a["id"] for a in found if not a["rule"].startswith("analytic."))
    shown = walk.ask("alerts show", of_sigma)
    walk.ask("detect rules explain", shown["rule"], shown["evidence"][0])
    walk.ask("alerts ack", first, "--reason=已通知")
    walk.ask("alerts assign", first, "second")
    walk.ask("alerts comment", first, "等待单位回复")
    walk.ask("alerts close", second, "--verdict=false_positive", "--reason=业务测试")
    rule = next(alert["rule"] for alert in found if alert["id"] == third)
    silenced = walk.ask("alerts suppress", f"--rule={rule}", "--days=7", "--reason=演练")
    walk.ask("alerts suppressions")
    walk.ask("alerts unsuppress", silenced["id"], "--reason=演练结束")


def _scans(walk: Tour) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    walk.ask("scan authorize", lab.network(), f"--until={until}", "--basis=年度扫描授权书")
    with lab.running() as servers:
        addresses = [server.address for server in servers]
        ports = ",".join(str(server.port) for server in servers)
        walk.ask("scan plan", *addresses)
        first = walk.ask("scan run", *addresses, f"--ports={ports}")
        walk.ask("scan run", *addresses, f"--ports={ports}")
        walk.ask("scan recheck", addresses[0], f"--port={servers[0].port}")
    runs = walk.ask("scan list")
    walk.ask("scan diff", first["run"], runs[0]["id"])
    walk.ask("scan coverage")
    walk.ask("scan stop")
    walk.ask("scan run", "--plan=monthly")
    walk.ask("scan resume")
    found = walk.ask("findings list")
    walk.ask("findings show", found[0]["id"])
    walk.ask("findings checks")
    cycles = walk.folder / "cycles.json"
    cycles.write_text('{"nginx": [{"releaseCycle": "1.28", "eol": "2026-04-14"}]}', "utf-8")
    told = ("--as-of=2026-03-01", "--source=endoflife.date")
    walk.ask("findings knowledge import", cycles, *told)
    walk.ask("findings knowledge list")
    elsewhere = walk.folder / "elsewhere.xml"
    elsewhere.write_text(fake_nmap.document(fake_nmap.host("192.0.2.10", 443)), encoding="utf-8")
    walk.ask("scan import", elsewhere)


def _zombies(walk: Tour) -> None:
    walk.ask("zombies evaluate")
    name = walk.ask("zombies list")[0]["system_id"]
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    walk.ask("zombies declare", name, "--pattern=annual", f"--until={until}", "--reason=年报")
    walk.ask("zombies show", name)


def _blocks(walk: Tour) -> None:
    """Propose, and approve what another one proposed."""
    evidence = {"networks": [THEIRS], "alerts": [walk.said["alerts show"]["id"]]}
    with as_second(walk.config) as context:
        context.jobs.run("block propose", evidence, context)
    walk.ask("block propose")
    found = {block["network"]: block["id"] for block in walk.ask("block list")}
    theirs = found.pop(THEIRS)
    walk.ask("block approve", theirs, "--reason=核对无误")
    walk.ask("block show", theirs)
    walk.ask("block reject", found.popitem()[1], "--reason=证据不足")
    walk.ask("block export", "--format=nftables", f"--out={walk.folder / 'lists'}")
    walk.ask("block publish", "--format=nftables")
    walk.ask("block verify", codes=(0, 1))  # 1: not as root
    typed_in = walk.folder / "typed_in.txt"
    typed_in.write_text("198.51.100.9\nnothing\n203.0.113.9\n", encoding="utf-8")
    walk.ask("block import", typed_in, "--device=出口防火墙")
    walk.ask("block release", theirs, "--reason=已整改")
    walk.ask("block publish", "--allow-shrink")
    walk.ask("block rollback", "--reason=演练回退")
    _blocked_first(walk)


def _blocked_first(walk: Tour) -> None:
    """One more address, in a drill that runs now."""
    alert = walk.said["alerts show"]["id"]
    walk.ask("block propose", "198.51.100.251", f"--alert={alert}")
    walk.ask("drill new", "快速封堵", "--from=2026-03-01", "--to=2099-01-01", "--role=defender")
    walk.ask("block first", "198.51.100.251", "--for=快速封堵", "--reason=攻击正在进行")


def _reports(walk: Tour) -> None:
    date, out = day.DATE.isoformat(), walk.folder / "reports"
    made = walk.ask("report daily", f"--date={date}", f"--out={out}", "--format=html")
    walk.ask("report list")
    walk.ask("report show", made["report"])
    walk.ask("report number", "alerts_opened", f"--date={date}")


def _drills(walk: Tour) -> None:
    """A drill over the made day, with a file as evidence."""
    shot = walk.folder / "waf.png"
    shot.write_bytes(b"\x89PNG")
    span = (f"--from={day.DATE}", f"--to={day.DATE}")
    about = ("--organiser=市委网信办", "--role=defender", "--attack-source=198.51.100.0/24")
    made = walk.ask("drill new", "听潮-2026", *span, *about, "--origin=simulated")
    no, out = made["no"], walk.folder / "drill"
    walk.ask("drill log", no, "发现后门上传", "--stage=detect", f"--evidence={shot}")
    walk.ask("drill list")
    walk.ask("drill show", no)
    walk.ask("drill timeline", no)
    walk.ask("drill check", no, codes=(1,))
    walk.ask("drill report", no, f"--out={out}", "--format=html")
    walk.ask("report drill", f"--drill={no}", f"--out={out}", "--format=html")
    walk.ask("drill close", no, "--reason=演练结束")
    kept = walk.ask("evidence list")
    walk.ask("evidence show", kept[0]["id"])
    walk.ask("evidence verify")


def _house(walk: Tour) -> None:
    walk.ask("store status")
    walk.ask("store compact")
    walk.ask("store retain")
    walk.ask("doctor", codes=(0, 1))
    walk.ask("audit verify")
    walk.ask("audit list")
    walk.ask("config show")
    walk.ask("config check")
    walk.ask("schedule show")
    walk.ask("schedule now", "detect")
    walk.ask("schedule cron")
    walk.ask("schedule systemd")
