"""Every command prints the same whether DuckDB or the real server answers."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from soc import _open
from tests.e2e.conftest import plain
from tests.e2e.tour import tour
from tests.elastic import shipped
from tests.elastic.site import Sites

ON_CLUSTER = """
[store]
engine = "elasticsearch"

[elasticsearch]
hosts = ["{url}"]
namespace = "{namespace}"
"""
# Commands that print the settings, the machine, sizes of files, or in words how long people took.
LEFT_OUT = (
    *("config show", "doctor", "store status"),
    *("schedule show", "schedule cron", "schedule systemd"),
    *("drill report", "report drill"),
)
_OF_THE_RUN = (  # what no two runs have in common
    (r"127(\.\d+){3}", "LOOPBACK"),  # each process has a network of its own there
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:\d\d|Z)?", "TIME"),
    (r"\d\d:\d\d(:\d\d)?", "CLOCK"),
    (r"lt-[a-z]+-[0-9a-f]{12,}", "ID"),
    (r"-?(?<![.\w])[0-9a-f]{16,64}\b", "DIGEST"),
    (r'"size_bytes": (\d+|\[[^\]]*\])', '"size_bytes": SIZE'),  # numbers of the run are in it
    (
        r'"(\w*(?:contain|detect|judge)\w*|median_s|p90_s)": [\d.]+',
        r'"\1": SECONDS',
    ),  # how long people took
)


def compared(document: Any, host: str) -> str:
    """A document without what is of its run: times, ids, spans, sizes, the host's name and lab."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False).replace(f'"{host}"', '"HOST"')
    for pattern, word in _OF_THE_RUN:
        text = re.sub(pattern, word, text)
    return text


def test_the_walk_through_every_command_is_the_same_on_the_server(
    walked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = Sites(_open._engine)
    monkeypatch.setattr(_open, "_engine", sites.engine)
    settings = shipped.settings()
    more = ON_CLUSTER.format(url=settings.hosts[0], namespace=settings.namespace)

    said = plain(tour(tmp_path, more))

    (host,) = sites.hosts.values()
    here = socket.gethostname()
    apart = [
        name
        for name, document in walked.items()
        if name not in LEFT_OUT
        and compared(document, here) != compared(said[name], host).replace(f'"{here}"', '"HOST"')
    ]
    assert (apart, set(said)) == ([], set(walked))
    assert said["store status"]["engine"] == "elasticsearch"
