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
