"""The way of a site whose records move to the cluster and back, as people type it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.console import soc
from tests.e2e.site import site
from tests.e2e.test_json_keys import table, told
from tests.elastic import recorded, shipped

ON_CLUSTER = '[store]\nengine = "elasticsearch"\nrecords = "elasticsearch"\n'
CLUSTER = '[elasticsearch]\nhosts = ["{url}"]\nnamespace = "{namespace}"\n'


class Town:
    """One home with two files of settings: records in it, or on the cluster."""

    def __init__(self, folder: Path, namespace: str) -> None:
        cluster = CLUSTER.format(url=shipped.settings().hosts[0], namespace=namespace)
        self.local = site(folder, more=cluster)
        self.cluster = folder / "cluster.toml"
        self.cluster.write_text(
            self.local.read_text(encoding="utf-8") + ON_CLUSTER, encoding="utf-8"
        )

    def ask(self, config: Path, *command: str) -> Any:
        said = soc(*command, "--json", config=config)
        assert said.code == 0, said.err
        return said.value


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with recorded.bare_namespace() as name:
        yield Town(tmp_path, name)


def test_records_go_to_the_cluster_and_come_back(town: Town) -> None:
    town.ask(town.local, "zones", "set", "政务外网", "--prefix=192.0.2.0/24")
    absent = soc("zones", "list", config=town.cluster)
    town.ask(town.cluster, "store", "setup")
    there = town.ask(town.local, "store", "migrate", "--to", "elasticsearch")
    shown = soc("store", "migrate", "--to", "elasticsearch", config=town.cluster)
    moved = town.ask(town.cluster, "zones", "list")
    town.ask(town.cluster, "zones", "set", "互联网区", "--prefix=198.51.100.0/24")
    back = town.ask(town.cluster, "store", "migrate", "--to", "local")

    assert absent.code == 5
    assert absent.complaint.endswith("is not on the cluster: run `soc store setup`")
    assert told("store migrate", there, table()["store migrate"]) == []
    assert there["setting"] == '[store] records = "elasticsearch"'
    assert "zone" in shown.out
    assert "Events go to the cluster by `soc store ship`" in shown.out
    assert (there["copied"], back["copied"], back["is_set"]) == (1, 1, False)
    assert [zone["name"] for zone in moved] == ["政务外网"]
    assert town.ask(town.local, "zones", "list") == town.ask(town.cluster, "zones", "list")
    assert town.ask(town.local, "audit", "verify")["ok"] is True


def test_a_home_that_went_on_alone_is_not_mixed_in(town: Town) -> None:
    town.ask(town.local, "zones", "set", "政务外网", "--prefix=192.0.2.0/24")
    town.ask(town.cluster, "store", "setup")
    town.ask(town.cluster, "zones", "set", "互联网区", "--prefix=198.51.100.0/24")

    refused = soc("store", "migrate", "--to", "elasticsearch", config=town.cluster)
    wrong = soc("store", "migrate", "--to", "paper", config=town.cluster)

    assert refused.code == 5
    assert "holds other records: zone" in refused.complaint
    assert wrong.code == 2
