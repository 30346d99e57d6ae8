"""Published lists, tried with packets in namespaces that are thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import _block_verify as work
from playbooks import block
from playbooks._block_settings import Settings
from soc.errors import ConfigError
from soc.net import network
from tests.playbooks.test_block_export import exported, made, store

if TYPE_CHECKING:
    from soc.context import Context

LISTS = ("nftables", "ipset")


@pytest.fixture
def published(context: Context) -> Callable[..., dict[str, Any]]:
    """Verdicts on lists of these blocks, after a change to each file."""

    def tried(*prefixes: str, probes: tuple[str, ...], was: str = "", now: str = "") -> Any:
        for name in LISTS:
            if why := work.unable(name):
                pytest.skip(f"{name}: {why}")
        store(context, *map(made, prefixes))
        for line in exported(context, formats=LISTS)["lists"]:
            path = Path(line["path"])
            path.write_text(path.read_text("utf-8").replace(was, now or was), encoding="utf-8")
        table = {"block": {"probes": probes}}
        ours = replace(context, config=context.config.model_copy(update={"playbooks": table}))
        return block.verify(ours)

    return tried


def test_a_list_that_does_what_it_says_holds(published: Callable[..., Any]) -> None:
    networks = [f"198.18.{n}.1" for n in range(30)] + ["203.0.113.0/25", "2001:db8:7::/48"]

    value = published(*networks, probes=("192.0.2.9", "2001:db8:1::5"))

    assert value["ok"]
    assert [(line["entries"], line["counted"]) for line in value["lists"]] == [(32, 32)] * 2
    assert [(line["sampled"], line["probes"]) for line in value["lists"]] == [(20, 2)] * 2


def test_a_probe_that_a_list_drops_is_named(published: Callable[..., Any]) -> None:
    value = published("203.0.113.0/25", probes=("203.0.113.77",))

    assert not value["ok"]
    assert [line["stopped"] for line in value["lists"]] == [["203.0.113.77"]] * 2


def test_an_element_that_the_kernel_holds_wrongly_is_found(
    published: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = work._format("ipset").parse

    class Lying:
        SUFFIX, CAPACITY = ".ipset", None
        parse = staticmethod(lambda text: [*honest(text), network("198.51.100.7")])

    true = work._format
    monkeypatch.setattr(work, "_format", lambda name: Lying if name == "ipset" else true(name))

    lists = published("203.0.113.7", probes=())["lists"]

    assert [(line["ok"], line["leaked"]) for line in lists] == [
        (True, []),
        (False, ["198.51.100.7"]),
    ]


def test_a_source_that_was_not_heard_before_proves_nothing() -> None:
    chosen, passing = [network("203.0.113.7")], [network("192.0.2.1")]
    found = {"counted": {"4": 1, "6": 0}, "before": ["192.0.2.1"], "after": ["192.0.2.1"]}

    assert work._judged(found, chosen, passing, 1)["why"] == "not_heard"
    found["before"] = ["192.0.2.1", "203.0.113.7"]
    assert work._judged(found, chosen, passing, 1)["ok"]
    assert not work._judged(found, chosen, passing, 2)["ok"]
    assert work._judged({"error": "nft -f x: no"}, chosen, passing, 1) == {"why": "nft -f x: no"}


def test_without_root_it_says_so(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    store(context, made("203.0.113.7"))
    exported(context, formats=["nftables"])
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    value = block.verify(context)

    assert (value["ok"], value["lists"][0]["why"]) == (False, "not_root")
    assert json.dumps(value)


def test_without_a_list_there_is_nothing_to_verify(context: Context) -> None:
    with pytest.raises(ConfigError, match="export one there first"):
        block.verify(context)


def test_probes_are_those_of_the_settings_and_what_is_never_blocked(context: Context) -> None:
    estate = context.config.estate.model_copy(update={"never_block": ("192.0.2.0/24", "::1")})
    ours = replace(context, config=context.config.model_copy(update={"estate": estate}))

    found = work.probes_of(ours, Settings(probes=("203.0.113.9", "127.0.0.1")))

    assert [str(each) for each in found] == ["203.0.113.9", "192.0.2.1"]


def test_samples_are_spread_over_the_list_first_and_last_among_them() -> None:
    networks = [network(f"198.18.0.{n}") for n in range(101)]

    found = work.sampled(networks, 5)

    assert [str(each).rpartition(".")[2] for each in found] == ["0", "25", "50", "75", "100"]
