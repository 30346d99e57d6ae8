"""Whether published lists do what they say: loaded apart, counted back, tried with packets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from playbooks._block_settings import Settings
from soc import plugins
from soc.errors import ConfigError
from soc.net import Network, covers, merge, network

if TYPE_CHECKING:
    from playbooks.blocklists import Blocklist
    from soc.context import Context

TOOLS = {
    "nftables": ("unshare", "ip", "nft"),
    "ipset": ("unshare", "ip", "ipset", "iptables", "ip6tables"),
}
MOST_PROBES = 20
TIMEOUT_S = 300.0
_NEVER_ROUTED = tuple(map(network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
_NEVER_ROUTED_6 = tuple(map(network, ("::/8", "fe80::/10", "ff00::/8", "fd77::/64")))


def verify(context: Context, folder: Path | None = None, sample: int = 20) -> dict[str, Any]:
    """The verdict on the lists of a folder; ``ok`` only where each of them was tried and held.

    Of each list as many elements must be counted as the file holds; sampled entries reach a
    listener before it is loaded and not afterwards; probes and a neighbour reach it always.

    Raises:
        ConfigError: the folder has no list that can be tried.
        InputError: a list is not as we write it, or a probe of the settings is no address.
    """
    settings = context.config.plugin("playbooks.block", Settings)
    place = folder or settings.folder or context.store.home / "blocklists"
    lists = {name: _path(name, place) for name in TOOLS}
    present = {name: path for name, path in lists.items() if path.is_file()}
    if not present:
        raise ConfigError(f"{place}: no {' or '.join(TOOLS)} list; export one there first")
    probes = probes_of(context, settings)
    told = [_tried(name, path, probes, sample) for name, path in present.items()]
    return {"ok": all(line["ok"] for line in told), "folder": str(place), "lists": told}


def _format(name: str) -> Blocklist:
    return cast("Blocklist", plugins.load("playbooks.blocklists", name))


def _path(name: str, folder: Path) -> Path:
    return folder / f"blocklist{_format(name).SUFFIX}"


def probes_of(context: Context, settings: Settings) -> list[Network]:
    """Addresses that must pass: those of the settings, then of what is never blocked, then ours."""
    named = (network(each) for each in (*settings.probes, *context.config.estate.never_block))
    ours = (claim.network for claim in context.estate.own())
    hosts = (_host(each) for source in (named, ours) for each in source)
    routed = (each for each in hosts if _is_routed(each))
    return list(islice(dict.fromkeys(routed), MOST_PROBES))


def _host(found: Network) -> Network:
    """The first address that a host may have."""
    bits = 32 if found.family == 4 else 128
    return Network(found.family, found.first + (found.size > 2), bits)


def _is_routed(found: Network) -> bool:
    return not any(each.contains(found) for each in (*_NEVER_ROUTED, *_NEVER_ROUTED_6))


def _tried(name: str, path: Path, probes: Sequence[Network], sample: int) -> dict[str, Any]:
    networks = _format(name).parse(path.read_bytes().decode())
    held = merge(networks)
    chosen = sampled(networks, sample)
    passing = [*probes, *_neighbours(held, probes)]
    why = unable(name)
    line: dict[str, Any] = {
        "format": name,
        "path": str(path),
        "ok": False,
        "why": why,
        "entries": len(networks),
        "counted": None,
        "sampled": len(chosen),
        "leaked": [],
        "probes": len(probes),
        "stopped": [str(each) for each in probes if covers(held, each)],
    }
    if why is None:
        sources = [str(each) for each in dict.fromkeys((*chosen, *passing))]
        line |= _judged(_run(name, path, sources), chosen, passing, len(networks))
    return line


def sampled(networks: Sequence[Network], most: int) -> list[Network]:
    """Addresses of as many entries, spread over the list evenly, first and last among them."""
    if len(networks) <= most:
        return [_host(each) for each in networks]
    step = (len(networks) - 1) / max(most - 1, 1)
    return [_host(networks[round(place * step)]) for place in range(most)]


def _neighbours(held: list[Network], probes: Sequence[Network]) -> Iterator[Network]:
    """One address a family that is on no list: it shows that packets pass at all."""
    for first in ("172.31.255.1", "fd78::1"):
        start = network(first)
        hosts = (Network(start.family, start.value + n, start.length) for n in range(200))
        yield next(each for each in hosts if not covers(held, each) and each not in probes)


def unable(name: str) -> str | None:
    """Why the list cannot be tried on this host, as a key of the catalogue; None: it can."""
    if os.geteuid() != 0:
        return "not_root"
    if any(shutil.which(tool) is None for tool in TOOLS[name]):
        return "no_tool"
    made = subprocess.run([_tool("unshare"), "-n", _tool("true")], capture_output=True, check=False)
    return "no_namespace" if made.returncode else None


def _tool(name: str) -> str:
    return shutil.which(name) or name


def _run(name: str, path: Path, sources: list[str]) -> dict[str, Any]:
    """What the two namespaces say; the reason where they could not be made or nothing loads."""
    script = Path(__file__).with_name("_block_namespace.py")
    asked = json.dumps({"format": name, "path": str(path), "sources": sources})
    done = subprocess.run(
        [_tool("unshare"), "-n", sys.executable, "-I", str(script)],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        return {"error": done.stderr.strip().rpartition("\n")[2][:300]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _judged(
    found: dict[str, Any], chosen: list[Network], passing: list[Network], entries: int
) -> dict[str, Any]:
    """The verdict on one list; a source that was not heard before loading proves nothing."""
    if "error" in found:
        return {"why": found["error"]}
    before, after = set(found["before"]), set(found["after"])
    leaked = [str(each) for each in chosen if str(each) in after]
    stopped = [str(each) for each in passing if str(each) not in after]
    counted = sum(found["counted"].values())
    is_heard = all(str(each) in before for each in (*chosen, *passing))
    ok = is_heard and counted == entries and not leaked and not stopped
    why = None if ok else "differs" if is_heard else "not_heard"
    return {"ok": ok, "why": why, "counted": counted, "leaked": leaked, "stopped": stopped}
