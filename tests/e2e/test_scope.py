"""Nothing that was not allowed ever reaches nmap or the wire."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import fake_nmap
from tests.e2e.console import Said, inherited, soc
from tests.e2e.site import site
from tests.fake_nmap import FakeNmap

INSIDE, OUTSIDE = "198.18.77.2", "198.18.77.66"
CORPUS = [
    "127.0.0.1 --script x",
    "--script=x",
    "-iL f",
    "-iLf",
    "-oN /tmp/x",
    "-",
    "",
    " ",
    f"{INSIDE} ",
    f" {INSIDE}",
    f"{INSIDE}\n198.51.100.1",
    f"{INSIDE}\t-sU",
    f"{INSIDE}\x00",
    f"{INSIDE},198.51.100.1",
    f"{INSIDE} 198.51.100.1",
    f"{INSIDE};id",
    f"{INSIDE}|id",
    f"$(echo {INSIDE})",
    f"`echo {INSIDE}`",
    "$TARGET",
    "@targets",
    "１９８.18.77.2",
    "198。18。77。2",
    "0xc6.18.77.2",
    "0xc612.0x4d02",
    "3322039554",
    "198.18.77.02",
    "0306.18.77.2",
    "198.18.19714",
    "198.18.77.2-3",
    "198.18.77.*",
    "198.18.77.1-254",
    "198.18.77.2/0",
    "198.18.77.2/24",
    "198.18.77.0/33",
    "198.18.77.0/255.255.255.0",
    "0.0.0.0/0",
    "::/0",
    "fe80::1%eth0",
    "[2001:db8::1]",
    "localhost",
    "portal.example",
    "http://198.18.77.2/",
    "198.18.77.2:80",
    OUTSIDE,
    "198.51.100.1",
    "2001:db8::1",
    "198.18.77.0/24",
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return site(tmp_path, scan=("198.18.77.0/26",))


@pytest.fixture
def nmap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNmap:
    """The first nmap on PATH; it keeps what it is called with."""
    fake = FakeNmap(tmp_path / "bin", fake_nmap.document(fake_nmap.host(INSIDE, 80)))
    monkeypatch.setenv("PATH", f"{fake.folder}:{os.environ['PATH']}")
    return fake


def test_an_address_in_scope_reaches_nmap_in_a_file_and_never_as_an_argument(
    config: Path, nmap: FakeNmap
) -> None:
    said = soc("scan", "run", INSIDE, "--ports=80", "--json", config=config)

    assert (said.code, said.value["open"]) == (0, 1)
    assert nmap.calls()
    assert [call for call in nmap.calls() if any(INSIDE in word for word in call)] == []
    assert set(nmap.targets()) == {INSIDE}


@pytest.mark.parametrize("target", CORPUS)
def test_no_other_target_starts_a_process(config: Path, nmap: FakeNmap, target: str) -> None:
    alone = soc("scan", "run", "--json", "--", target, config=config)
    among = soc("scan", "run", "--json", "--", INSIDE, target, config=config)

    assert (alone.code, among.code) == (7, 7)
    assert (alone.out, among.out) == ("", "")
    assert alone.complaint.startswith("soc: scan target: ")
    assert nmap.calls() == []


@pytest.mark.parametrize("target", ["--script=x", "-iL", "-oN"])
def test_a_target_that_looks_like_an_option_is_no_option_of_ours(
    config: Path, nmap: FakeNmap, target: str
) -> None:
    said = soc("scan", "run", target, config=config)

    assert said.code == 2
    assert nmap.calls() == []


def test_a_refused_target_is_in_the_audit_log_with_who_wanted_it(
    config: Path, nmap: FakeNmap
) -> None:
    soc("scan", "run", OUTSIDE, config=config)

    (entry,) = (
        line
        for line in soc("audit", "list", "--json", config=config).value
        if line["action"] == "refused"
    )
    assert (entry["kind"], entry["id"], entry["wanted"]) == ("scan", OUTSIDE, "scan")
    assert nmap.calls() == []


class Wire:
    """Two network namespaces joined by a cable; the far one counts what arrives, by address."""

    def __init__(self, stack: ExitStack) -> None:
        self._near, self._far = (f"soctest{os.getpid()}{end}" for end in "nf")
        for name in (self._near, self._far):
            run("ip", "netns", "add", name)
            stack.callback(run, "ip", "netns", "delete", name)
        run("ip", "-n", self._near, "link", "add", "v0", "type", "veth", "peer", "v1",
            "netns", self._far)  # fmt: skip
        for name, link, host in ((self._near, "v0", 1), (self._far, "v1", 2)):
            run("ip", "-n", name, "address", "add", f"198.18.77.{host}/24", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self._far, "address", "add", f"{OUTSIDE}/24", "dev", "v1")
        run("ip", "netns", "exec", self._far, "nft", "-f", "-", told=_counters())

    def soc(self, *arguments: str, config: Path) -> Said:
        """Run a command in the near namespace."""
        words = ["ip", "netns", "exec", self._near, sys.executable, "-m", "cli"]
        done = subprocess.run(
            [*words, "--config", str(config), *arguments],
            env=inherited(),
            cwd=config.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def knock(self, address: str) -> None:
        """One TCP connection from the near end, by no scanner."""
        code = f"import socket; socket.socket().connect_ex(('{address}', 80))"
        run("ip", "netns", "exec", self._near, sys.executable, "-c", code)

    def arrived(self, address: str) -> int:
        """Packets for an address that reached the far end, ARP questions included."""
        told = run("ip", "netns", "exec", self._far, "nft", "list", "ruleset")
        lines = [line for line in told.splitlines() if f'comment "{address}"' in line]
        assert len(lines) == 2
        return sum(int(line.split("packets ")[1].split()[0]) for line in lines)


def _counters() -> str:
    """Rules of nftables that count packets and ARP questions for both addresses."""
    tables = []
    for family, hook, match in (("ip", "prerouting", "ip daddr"), ("arp", "input", "arp daddr ip")):
        rules = "".join(f'{match} {ip} counter comment "{ip}"\n' for ip in (INSIDE, OUTSIDE))
        chain = f"type filter hook {hook} priority 0; policy accept;\n{rules}"
        tables.append(f"table {family} t {{\nchain c {{\n{chain}}}\n}}\n")
    return "".join(tables)


def run(*words: str, told: str | None = None) -> str:
    done = subprocess.run(words, input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@pytest.fixture
def wire() -> Iterator[Wire]:
    for program in ("ip", "nft", "nmap"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    with ExitStack() as stack:
        try:
            run("ip", "netns", "add", f"soctest{os.getpid()}p")
        except AssertionError as error:
            pytest.skip(f"no network namespaces here: {error}")
        run("ip", "netns", "delete", f"soctest{os.getpid()}p")
        yield Wire(stack)


def test_an_address_outside_the_scope_gets_no_packet(config: Path, wire: Wire) -> None:
    refused = wire.soc("scan", "run", OUTSIDE, "--ports=80", config=config)
    both = wire.soc("scan", "run", INSIDE, OUTSIDE, "--ports=80", config=config)
    before = wire.arrived(INSIDE), wire.arrived(OUTSIDE)
    done = wire.soc("scan", "run", INSIDE, "--ports=80", "--json", config=config)

    assert (refused.code, both.code) == (7, 7)
    assert before == (0, 0)
    assert (done.code, done.value["up"]) == (0, 1), done.err
    assert wire.arrived(INSIDE) > 0
    assert wire.arrived(OUTSIDE) == 0
    wire.knock(OUTSIDE)
    assert wire.arrived(OUTSIDE) > 0  # the counter is not blind
