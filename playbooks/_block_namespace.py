"""A list tried in two network namespaces that are thrown away; run by ``_block_verify``.

Reads one JSON document on stdin: ``format``, ``path``, ``sources``; writes one on stdout:
what the kernel counts, and which sources reached a small listener before and after loading.
It stands alone and imports nothing of ours, so that it may run with ``python -I``.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import socket
import subprocess
import sys
import time

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h
HERE = {4: "169.254.77.1", 6: "fd77::1"}
SETS = {4: "soc_block4", 6: "soc_block6"}
PATIENCE_S = 3.0  # for those that ought to pass
SILENCE_S = 0.6  # after which a source counts as dropped; a SYN is sent again after 1 s


def main() -> None:
    """Answer the document on stdin."""
    asked = json.load(sys.stdin)
    sources: list[str] = asked["sources"]
    outer, inner = _namespaces()
    _wire(sources, outer, inner)
    listeners = [_listener(family) for family in HERE]
    ports = {f: server.getsockname()[1] for f, server in zip(HERE, listeners, strict=True)}
    before = _reached(sources, ports, outer, inner, PATIENCE_S)
    loaders = {"nftables": _load_nftables, "ipset": _load_ipset}
    counted = loaders[asked["format"]](asked["path"])
    after = _reached(sources, ports, outer, inner, SILENCE_S)
    json.dump({"counted": counted, "before": before, "after": after}, sys.stdout)


def _namespaces() -> tuple[int, int]:
    """Handles of the namespace that we are in and of a second, empty one."""
    outer = os.open("/proc/self/ns/net", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "unshare")
    inner = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    _enter(outer)
    return outer, inner


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


def _family(source: str) -> int:
    return 6 if ":" in source else 4


def _wire(sources: list[str], outer: int, inner: int) -> None:
    """A cable between the two; the inner end has every source as its own address."""
    there = f"/proc/{os.getpid()}/fd/{inner}"
    _run("ip", "link", "add", "soc0", "type", "veth", "peer", "name", "soc1")
    _run("ip", "link", "set", "soc1", "netns", there)
    _run("ip", "address", "add", f"{HERE[4]}/32", "dev", "soc0")
    _run("ip", "address", "add", f"{HERE[6]}/128", "dev", "soc0", "nodad")
    _run("ip", "link", "set", "soc0", "up")
    for family in HERE:
        _run("ip", f"-{family}", "route", "add", "default", "dev", "soc0")
    _enter(inner)
    _run("ip", "link", "set", "soc1", "up")
    for source in sources:
        tail = ("/128", "nodad") if _family(source) == 6 else ("/32",)
        _run("ip", "address", "add", source + tail[0], "dev", "soc1", *tail[1:])
    for family, address in HERE.items():
        _run("ip", f"-{family}", "route", "add", address, "dev", "soc1")
    _enter(outer)


def _listener(family: int) -> socket.socket:
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    server = socket.socket(kind)
    server.bind((HERE[family], 0))
    server.listen(1_024)
    return server


def _reached(
    sources: list[str], ports: dict[int, int], outer: int, inner: int, patience_s: float
) -> list[str]:
    """Sources from which the listener is reached, all asked at once."""
    _enter(inner)
    try:
        with selectors.DefaultSelector() as waiting:
            for source in sources:
                client = _calling(source, ports[_family(source)])
                waiting.register(client, selectors.EVENT_WRITE, (source, client))
            return _answered(waiting, time.monotonic() + patience_s)
    finally:
        _enter(outer)


def _calling(source: str, port: int) -> socket.socket:
    family = _family(source)
    client = socket.socket(socket.AF_INET6 if family == 6 else socket.AF_INET)
    client.setblocking(False)
    client.bind((source, 0))
    client.connect_ex((HERE[family], port))
    return client


def _answered(waiting: selectors.BaseSelector, until: float) -> list[str]:
    found: list[str] = []
    while waiting.get_map() and (left_s := until - time.monotonic()) > 0:
        for key, _ in waiting.select(left_s):
            source, client = key.data
            if not client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                found.append(source)
            waiting.unregister(client)
            client.close()
    return found


def _load_nftables(path: str) -> dict[int, int]:
    """Elements that the kernel holds, by family."""
    _run("nft", "-f", path)
    told = json.loads(_run("nft", "-j", "list", "table", "inet", "soc_block"))["nftables"]
    sets = {item["set"]["name"]: len(item["set"].get("elem", ())) for item in told if "set" in item}
    return {4: sets["block4"], 6: sets["block6"]}


def _load_ipset(path: str) -> dict[int, int]:
    """Elements that the kernel holds, by family; one rule a set drops them."""
    _run("ipset", "-file", path, "restore")
    for family, tool in ((4, "iptables"), (6, "ip6tables")):
        rule = ("PREROUTING", "-m", "set", "--match-set", SETS[family], "src", "-j", "DROP")
        _run(tool, "-w", "-t", "raw", "-I", *rule)
    return {family: _entries(_run("ipset", "list", "-t", name)) for family, name in SETS.items()}


def _entries(told: str) -> int:
    return next(
        int(line.rpartition(":")[2])
        for line in told.splitlines()
        if line.startswith("Number of entries")
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {done.stderr.strip()[:200]}")
    return done.stdout


if __name__ == "__main__":
    main()
