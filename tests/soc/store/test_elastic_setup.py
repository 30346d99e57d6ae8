"""Set-up on a real server: once, again, and after the fields have changed."""

from __future__ import annotations

from typing import Any

from soc.config import Config, StoreSettings
from soc.store import _elastic_setup as setup
from soc.store._elastic_client import probe
from soc.store._elastic_keep import rolled_over
from soc.store._elastic_names import FOLDED
from soc.store._elastic_setup import Difference
from soc.store._elastic_templates import Choice, Part, parts
from soc.store.elastic import set_up
from tests.contracts.engines import numbered
from tests.elastic import shipped

FIELDS = {"a": {"type": "keyword"}}


def _component(name: str, fields: dict[str, Any]) -> Part:
    mappings = {"dynamic": "false", "properties": fields}
    return Part("component_template", name, {"template": {"mappings": mappings}})


def _compared(part: Part) -> Difference:
    return setup._difference(part, setup._standing(shipped.client(), part))


def test_what_was_set_up_is_as_it_shall_be() -> None:
    client = shipped.client()
    wanted = setup.chosen(client, probe(client), shipped.NAMESPACE, 180)

    found = setup.differences(client, wanted)

    assert [(d.part.name, d.changes) for d in found if d.verdict != "same"] == []


def test_a_part_is_new_then_the_same_then_changed() -> None:
    name = f"tests-{shipped.host()}"
    first, second = (
        _component(name, FIELDS),
        _component(name, {"a": {"type": "long"}, "b": FIELDS["a"]}),
    )
    place = "template.mappings.properties"

    verdicts = [_compared(first).verdict]
    setup.apply(shipped.client(), [_compared(first)], shipped.NAMESPACE)
    verdicts += [_compared(first).verdict, _compared(second).verdict]

    assert verdicts == ["new", "same", "changed"]
    assert _compared(second).changes == (
        f"{place}.a.type: keyword -> long",
        f"{place}.b.type: - -> keyword",
    )


def test_a_field_that_is_gone_is_a_change() -> None:
    name = f"tests-{shipped.host()}"
    first = _component(name, {"a": FIELDS["a"], "b.c": FIELDS["a"]})
    setup.apply(shipped.client(), [_compared(first)], shipped.NAMESPACE)

    found = _compared(_component(name, FIELDS))

    assert found.changes == ("template.mappings.properties.b.c.type: keyword -> -",)


def test_a_stream_is_rolled_over_for_its_new_fields() -> None:
    shipped.ship("presence", [numbered([{}])])
    client = shipped.client()
    part = next(
        part
        for part in parts(Choice(frozenset(), shipped.NAMESPACE, 180))
        if part.name == "soc.presence@mappings"
    )

    rolled = setup.apply(client, [Difference(part, "changed")], shipped.NAMESPACE)
    again = setup.apply(client, [Difference(part, "same")], shipped.NAMESPACE)

    assert (rolled, again) == (["logs-soc.presence-tests"], [])
    name = ".ds-logs-soc.presence-tests-*"
    assert len(client.indices.get(index=name, expand_wildcards="all")) >= 2


def test_a_stream_that_was_never_written_to_is_not_rolled_over() -> None:
    assert not rolled_over(shipped.client(), "nobody", "presence")


def test_a_dry_run_changes_nothing(config: Config) -> None:
    namespace = shipped.host().lower().replace("-", "_")
    settings = shipped.settings(namespace)
    site = config.model_copy(
        update={"elasticsearch": settings, "store": StoreSettings(engine="elasticsearch")}
    )

    runs = [set_up(site, {}, dry_run=dry) for dry in (True, True, False, True)]

    verdicts = [{p["name"]: p["verdict"] for p in run["parts"]} for run in runs]
    name = f"soc-marks-{namespace}"
    assert [found[name] for found in verdicts] == ["new", "new", "new", "same"]
    assert runs[0]["lifecycle"] == "own"


def test_fields_of_objects_are_compared_by_their_dotted_names() -> None:
    nested = {
        "properties": {"a": {"properties": {"b": {"type": "keyword", "fields": {FOLDED: {}}}}}}
    }
    flat = {"properties": {"a.b": {"type": "keyword", "fields": {FOLDED: {}}}}}

    assert dict(setup._leaves(nested)) == dict(setup._leaves(flat))
