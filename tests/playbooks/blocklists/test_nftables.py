"""The nftables file, read by the real ``nft`` in a network namespace that is thrown away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from playbooks.blocklists import Entry, nftables
from soc.errors import InputError
from soc.net import network

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def entry(text: str, days: float = 7) -> Entry:
    return Entry(network(text), NOW + timedelta(days=days))


def apart(script: str, *arguments: Path) -> str:
    """Output of a shell script that runs as root in a namespace without any network."""
    if shutil.which("nft") is None or shutil.which("unshare") is None:
        pytest.skip("nft or unshare is not installed")
    if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        pytest.skip("no right to make a network namespace")
    command = ["unshare", "-n", "sh", "-ec", script, "sh", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def written(path: Path, *entries: Entry) -> Path:
    path.write_text(nftables.render(entries, NOW, 1), encoding="utf-8")
    return path


def elements(ruleset: str) -> dict[str, list[Any]]:
    """Elements of each set, as ``nft -j`` lists them."""
    found = [item["set"] for item in json.loads(ruleset)["nftables"] if "set" in item]
    return {item["name"]: item.get("elem", []) for item in found}


def test_the_real_nft_accepts_and_holds_every_element(tmp_path: Path) -> None:
    entries = [entry(f"198.18.{n // 200}.{n % 200 + 1}") for n in range(0, 2000, 2)]
    entries += [entry("203.0.113.0/25", 400), entry("2001:db8::7"), entry("2001:db8:1::/48")]
    path = written(tmp_path / "a.nft", *entries)

    found = elements(apart('nft -c -f "$1"; nft -f "$1"; nft -j list ruleset', path))

    assert {name: len(elem) for name, elem in found.items()} == {"block4": 1001, "block6": 2}


def test_loading_again_replaces_the_elements_and_adds_no_rule(tmp_path: Path) -> None:
    first = written(tmp_path / "a.nft", entry("203.0.113.0/24"), entry("2001:db8::/32"))
    second = written(tmp_path / "b.nft", entry("203.0.113.7"), entry("203.0.113.8/29", 30))

    told = apart('nft -f "$1"; nft -f "$2"; nft -f "$2"; nft -j list ruleset', first, second)

    found = elements(told)
    assert (len(found["block4"]), found["block6"]) == (2, [])
    assert sum("rule" in item for item in json.loads(told)["nftables"]) == 4


def test_other_tables_are_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "a.nft", entry("203.0.113.7"))

    told = apart('nft add table inet theirs; nft -f "$1"; nft list tables', path)

    assert told.split("\n")[:2] == ["table inet theirs", "table inet soc_block"]


def test_a_listed_source_is_dropped_and_its_neighbour_is_not(tmp_path: Path) -> None:
    path = written(tmp_path / "a.nft", entry("198.18.7.1"))
    script = """
        ip link set lo up
        ip address add 198.18.7.1/32 dev lo
        ip address add 198.18.7.2/32 dev lo
        nft -f "$1"
        cat > "$2" <<'END'
import socket
server = socket.create_server(("127.0.0.1", 0))
for source in ("198.18.7.1", "198.18.7.2"):
    client = socket.socket()
    client.settimeout(0.4)
    client.bind((source, 0))
    try:
        client.connect(server.getsockname())
        print("passed")
    except TimeoutError:
        print("dropped")
END
        python3 "$2"
    """

    assert apart(script, path, tmp_path / "probe.py").split() == ["dropped", "passed"]


def test_an_element_carries_the_seconds_it_has_left() -> None:
    text = nftables.render([Entry(network("203.0.113.7"), NOW + timedelta(seconds=90.2))], NOW, 1)

    assert "\t203.0.113.7 timeout 91s,\n" in text


def test_an_entry_that_has_ended_is_refused() -> None:
    with pytest.raises(InputError, match="has ended"):
        nftables.render([entry("203.0.113.7", 0)], NOW, 1)


def test_a_file_whose_rules_were_changed_is_not_read() -> None:
    text = nftables.render([entry("203.0.113.7")], NOW, 1).replace("drop", "accept")

    with pytest.raises(InputError, match="no file of ours"):
        nftables.parse(text)
