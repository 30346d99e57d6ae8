"""A made estate and made scans, as the tests of plans, coverage and findings need them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from soc._open import refreshed
from soc.context import Context
from soc.records import Author
from soc.records.asset import Asset, Endpoint
from soc.records.system import System
from soc.records.unit import Unit
from soc.store import Change
from tests import fake_nmap

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
AUTHOR = Author(login="tester")


def unit(context: Context, name: str) -> str:
    record = Unit(id=f"lt-unit-{name}", state="active", at=NOW, author=AUTHOR, name=name)
    context.store.records.apply([Change(record.id, record)])
    return record.id


def system(context: Context, name: str, **more: Any) -> str:
    record = System(
        id=f"lt-system-{name}", state="running", at=NOW, author=AUTHOR, name=name, **more
    )
    context.store.records.apply([Change(record.id, record)])
    return record.id


def asset(
    context: Context,
    address: str,
    *,
    start: date | None = None,
    zone: str | None = None,
    **more: Any,
) -> Asset:
    """One asset with one endpoint."""
    record = Asset(
        id=f"lt-asset-{address}",
        state=more.pop("state", "active"),
        at=NOW,
        author=AUTHOR,
        name=address,
        endpoints=(Endpoint(address=address, start=start, zone=zone),),
        **more,
    )
    context.store.records.apply([Change(record.id, record)])
    return record


def opened(context: Context) -> Context:
    """The context with the ledger as it is now."""
    return refreshed(context)


# Hosts among the targets of the first file only; all of them where a target is a network.
ASKED = r"""
NR == FNR { wanted[$1] = 1; if ($1 ~ "/") all = 1; next }
/^<host / {
  match($0, /addr="[^"]*"/)
  if (!all && !(substr($0, RSTART + 6, RLENGTH - 7) in wanted)) next
}
{ print }
"""


class Nmap:
    """An nmap that tells of made hosts: ports first, services when it is asked for versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        program = folder / "nmap"
        program.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\n" "$@" -- >> {folder}/calls\n'
            "phase=ports\n"
            'case " $* " in *" -sV "*) phase=version;; esac\n'
            "for last; do :; done\n"
            f'exec awk -f {folder}/asked.awk "$last" {folder}/$phase.xml\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        (folder / "asked.awk").write_text(ASKED, encoding="utf-8")
        self.tell({})

    def tell(
        self, hosts: Mapping[str, Mapping[int, str]], *, silent: str = "closed", slow: bool = False
    ) -> None:
        """Hosts with their open ports, each with the XML that says what is behind it.

        ``silent`` is the state of every other port; ``slow`` makes hosts time out when asked.
        """
        for phase in ("ports", "version"):
            told = (_host(a, ports, phase, silent, slow) for a, ports in hosts.items())
            path = self.folder / f"{phase}.xml"
            path.write_text(fake_nmap.document(*told), encoding="utf-8")

    def asked(self) -> int:
        """How often nmap was asked for versions."""
        path = self.folder / "calls"
        return path.read_text().split("\n").count("-sV") if path.exists() else 0


def _host(address: str, ports: Mapping[int, str], phase: str, silent: str, slow: bool) -> str:
    is_late = slow and phase == "version"
    told = "".join(
        f'<port protocol="tcp" portid="{number}"><state state="open" reason="syn-ack"/>'
        f"{inner if phase == 'version' else TABLE}</port>"
        for number, inner in ports.items()
    )
    inner = "" if is_late else f'<ports><extraports state="{silent}" count="9"/>{told}</ports>'
    mark = ' timedout="true"' if is_late else ""
    return (
        f'<host endtime="1773795600"{mark}><status state="up" reason="echo-reply"/>'
        f'<address addr="{address}" addrtype="ipv4"/>{inner}</host>\n'
    )


TABLE = '<service name="guess" method="table" conf="3"/>'


def service(name: str, product: str, version: str = "", more: str = "", scripts: str = "") -> str:
    """The inside of a port that was asked and answered."""
    told = f' version="{version}"' if version else ""
    head = f'<service name="{name}" product="{product}"{told} method="probed" conf="10"{more}/>'
    return head + scripts


NGINX = service("http", "nginx", "1.28.0")
OLD_NGINX = service("http", "nginx", "1.14.2")
REDIS = service("redis", "Redis key-value store", "7.4.2")


def scan(context: Context, *addresses: str, ports: str = "22,80,443,6379", **more: Any) -> Any:
    """A run of the job ``scan``; the clock goes on a day afterwards."""
    params = {"targets": addresses, "ports": ports, **more}
    value = context.jobs.run("scan", params, context).value
    context.clock.advance(days=1)  # type: ignore[attr-defined]
    return value
