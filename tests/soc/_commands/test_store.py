"""``soc store``: set-up of a cluster, and questions that it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from soc._commands import store
from soc._open import open_context
from soc.config import Config, StoreSettings
from soc.context import Context
from soc.errors import ConfigError
from soc.query import Select
from tests.contracts.engines import numbered
from tests.elastic import shipped


@dataclass(frozen=True)
class Site:
    """What a command opens, or looks into without opening it."""

    context: Context

    def __call__(self) -> Context:
        return self.context

    def settings(self) -> Config:
        return self.context.config


def run(context: Context, *arguments: str) -> Result:
    return CliRunner().invoke(store.app, list(arguments), obj=Site(context))


def on_cluster(config: Config, **values: Any) -> Config:
    settings = shipped.settings(shipped.host().replace("-", "_")).model_copy(update=values)
    engine = StoreSettings(engine="elasticsearch")
    return config.model_copy(update={"store": engine, "elasticsearch": settings})


def test_set_up_tells_what_it_would_do_then_does_it_then_has_nothing_to_do(
    context: Context,
) -> None:
    cluster = replace(context, config=on_cluster(context.config))

    planned = json.loads(run(cluster, "setup", "--dry-run", "--json").stdout)
    done = json.loads(run(cluster, "setup", "--json").stdout)
    again = run(cluster, "setup")

    def new(found: dict[str, Any]) -> set[str]:
        return {part["name"] for part in found["parts"] if part["verdict"] == "new"}

    marks = f"soc-marks-{cluster.config.elasticsearch.namespace}"
    assert marks in new(done) <= new(planned)  # other tests may set up the shared parts first
    assert "Made or changed: 0." in again.stdout
    assert "no lifecycle" in again.stdout


def test_the_engine_of_the_settings_answers(config: Config) -> None:
    cluster = on_cluster(config)
    namespace = cluster.elasticsearch.namespace
    origin = shipped.ship("flow", [numbered([{"source.port": 443}])], namespace=namespace)

    with open_context(cluster, ()) as context:
        (batch,) = context.engine.select(Select("flow", columns=("source.port", "@timestamp")))
        newest = dict(context.engine.newest("flow"))

    assert context.engine.name == "elasticsearch"
    assert newest == {origin: 0}
    assert batch.to_pylist() == [
        {"source.port": 443, "@timestamp": datetime(2026, 3, 18, 1, 0, 1, tzinfo=UTC)}
    ]


def test_a_home_does_not_open_on_a_cluster_that_must_not_be_used(config: Config) -> None:
    cluster = on_cluster(config, hosts=("http://192.0.2.1:9200",))

    with pytest.raises(ConfigError, match="plain http"), open_context(cluster, ()):
        pass
