"""An nmap that measures nothing: it keeps its arguments and targets, and prints given XML."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

HEAD = '<?xml version="1.0"?>\n<nmaprun scanner="nmap" start="1773795600">\n'
TAIL = '<runstats><finished time="1773795660" exit="success"/></runstats>\n</nmaprun>\n'


def host(address: str, *ports: int, timedout: bool = False) -> str:
    """A host as nmap tells of it, with open ports."""
    told = "".join(
        f'<port protocol="tcp" portid="{port}"><state state="open" reason="syn-ack"/></port>'
        for port in ports
    )
    mark = ' timedout="true"' if timedout else ""
    status = '<status state="up" reason="user-set"/>'
    return (
        f'<host endtime="1773795600"{mark}>{status}<address addr="{address}" addrtype="ipv4"/>'
        f"<ports>{told}</ports></host>\n"
    )


def document(*hosts: str) -> str:
    """A whole run of nmap over the hosts."""
    return HEAD + "".join(hosts) + TAIL


class FakeNmap:
    """The program ``nmap`` in a folder that is put first on PATH."""

    def __init__(self, folder: Path, xml: str = "", after: str = "") -> None:
        """``after`` is shell code that runs once the XML is out."""
        self.folder = folder
        folder.mkdir()
        self._calls, answer = folder / "calls", folder / "answer.xml"
        answer.write_text(xml, encoding="utf-8")
        program = folder / "nmap"
        program.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\n" "$@" -- >> {shlex.quote(str(self._calls))}\n'
            f'for last; do :; done; cat "$last" >> {shlex.quote(str(folder / "targets"))}\n'
            f"cat {shlex.quote(str(answer))}\n{after}\n",
            encoding="utf-8",
        )
        program.chmod(0o755)

    def calls(self) -> list[list[str]]:
        """The arguments of every start, in order."""
        if not self._calls.exists():
            return []
        found = self._calls.read_text(encoding="utf-8").split("--\n")
        return [call.splitlines() for call in found if call]

    def targets(self) -> Sequence[str]:
        """The lines of the files that ``-iL`` named."""
        return (self.folder / "targets").read_text(encoding="utf-8").splitlines()
