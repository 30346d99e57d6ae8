"""The settings that ``soc demo`` writes for its engine; the command runs in ``tests/e2e``."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from playbooks._commands import demo
from soc.config import ElasticsearchSettings
from soc.errors import InputError


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(os.environ, demo.HOSTS, raising=False)


def test_the_embedded_engine_needs_no_settings() -> None:
    assert demo._store("duckdb", ()) == ""


def test_hosts_are_for_a_cluster_only() -> None:
    with pytest.raises(InputError, match="--engine elasticsearch"):
        demo._store("duckdb", ("http://127.0.0.1:9200",))


def test_a_cluster_gets_a_namespace_that_no_real_data_has() -> None:
    written = tomllib.loads(demo._store("elasticsearch", ("http://127.0.0.1:9201",)))

    settings = ElasticsearchSettings(**written["elasticsearch"])
    assert written["store"] == {"engine": "elasticsearch"}
    assert settings.hosts == ("http://127.0.0.1:9201",)
    assert settings.namespace.startswith("demo_")


def test_hosts_come_from_the_environment_where_none_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = tomllib.loads(demo._store("elasticsearch", ()))["elasticsearch"]
    monkeypatch.setitem(os.environ, demo.HOSTS, '["https://es.example:9200"]')
    there = tomllib.loads(demo._store("elasticsearch", ()))["elasticsearch"]

    assert here["hosts"] == [demo.LOCAL]
    assert "hosts" not in there


def test_a_path_below_the_working_directory_is_told_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert demo._near(tmp_path / "soc-demo" / "soc.toml") == Path("soc-demo/soc.toml")
    assert demo._near(tmp_path.parent / "other") == tmp_path.parent / "other"


SITE = {
    "SOC_HOME": "/var/lib/soc",
    "SOC_STORE__ENGINE": "elasticsearch",
    "SOC_STORE__RECORDS": "elasticsearch",
    "SOC_ELASTICSEARCH__NAMESPACE": "default",
    demo.HOSTS: '["https://es.example:9200"]',
}


def test_the_made_day_never_goes_into_the_store_or_the_cluster_of_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SITE.items():
        monkeypatch.setitem(os.environ, name, value)

    found = demo._configured(tmp_path, "duckdb", ())

    assert found.home == tmp_path / "home"
    assert (found.store.engine, found.store.records) == ("duckdb", "sqlite")
    assert not found.ships
    assert os.environ["SOC_HOME"] == "/var/lib/soc"


def test_the_way_to_a_cluster_may_stand_in_the_environment_its_namespace_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SITE.items():
        monkeypatch.setitem(os.environ, name, value)

    found = demo._configured(tmp_path, "elasticsearch", ())

    assert found.home == tmp_path / "home"
    assert found.elasticsearch.hosts == ("https://es.example:9200",)
    assert found.elasticsearch.namespace.startswith("demo_")
    assert found.store.records == "sqlite"


def test_a_host_that_is_given_is_the_one_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, demo.HOSTS, '["https://es.example:9200"]')

    found = demo._configured(tmp_path, "elasticsearch", ("http://127.0.0.1:9201",))

    assert found.elasticsearch.hosts == ("http://127.0.0.1:9201",)
