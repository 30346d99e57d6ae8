from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scanners._nmap_command import SCRIPTS, Probe, argv, environment, write_targets
from scanners._ports import curated
from soc.errors import ConfigError
from soc.net import network


def probe(ports: str = "80", versions: bool = True) -> Probe:
    return Probe(
        ports=ports,
        max_rate=1_000,
        retries=2,
        host_timeout_s=60,
        versions=versions,
        assume_up=True,
    )


def test_targets_reach_nmap_only_through_a_file_of_canonical_networks(tmp_path: Path) -> None:
    path = tmp_path / "targets"

    write_targets(path, [network("198.18.0.0/24"), network("2001:db8::1")])

    assert path.read_text() == "198.18.0.0/24\n2001:db8::1\n"


@pytest.mark.parametrize("ports", ["", "80 --script x", "-iL f", "80,", "http*", "８０", "80\n"])
def test_ports_that_are_no_port_list_never_become_an_argument(ports: str) -> None:
    with pytest.raises(ConfigError):
        argv("nmap", probe(ports), Path("t"), 4, privileged=False)


def test_no_script_runs_but_those_allowed_by_name() -> None:
    arguments = argv("nmap", probe(), Path("folder/targets"), 4, privileged=False)

    allowed = [*SCRIPTS, "folder/govsoc-page.nse"]
    assert arguments[arguments.index("--script") + 1].split(",") == allowed
    assert not {"-A", "-O", "-sC", "--allports"} & set(arguments)


def test_the_rate_is_always_bounded() -> None:
    arguments = argv("nmap", probe(), Path("t"), 6, privileged=True)

    assert arguments[arguments.index("--max-rate") + 1] == "1000"
    assert "--min-rate" not in arguments


def test_secrets_of_our_environment_do_not_reach_nmap(tmp_path: Path) -> None:
    given = environment(tmp_path, {"PATH": "/usr/bin", "SOC_ELASTICSEARCH__PASSWORD": "geheim"})

    assert "geheim" not in given.values()
    assert Path(given["OPENSSL_CONF"]).is_file()


def test_the_curated_ports_hold_what_nmap_leaves_out() -> None:
    ports = {int(port) for port in curated().split(",")}

    assert {6379, 27017, 2375, 10250, 8848, 7848, 9092, 50070, 61616} <= ports


def test_without_versions_a_port_is_listened_to_only_when_that_was_asked_for() -> None:
    quiet = argv("nmap", probe(versions=False), Path("t"), 4, privileged=True)
    heard = argv(
        "nmap", replace(probe(versions=False), banners=True), Path("t"), 4, privileged=True
    )

    assert "--script" not in quiet
    assert heard[heard.index("--script") + 1] == "banner"
    assert "-sV" not in heard
