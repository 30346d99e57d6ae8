"""What ``soc store setup`` does: compares the server with what has to stand on it, and makes it.

Nothing is ever deleted. A stream whose fields changed is rolled over after its template: the
new backing index has the new fields, older ones stay as they were.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import elasticsearch

from soc.schema import DATASETS
from soc.store._elastic_client import Server, translated
from soc.store._elastic_keep import rolled_over
from soc.store._elastic_names import mappings, stream
from soc.store._elastic_templates import Choice, Mode, Part, parts

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Verdict = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One part, and in what it differs from what stands on the server."""

    part: Part
    verdict: Verdict
    changes: tuple[str, ...] = ()  # dotted key: what stands -> what shall stand


def told(difference: Difference) -> dict[str, Any]:
    """A difference as plain values."""
    return {
        "sort": difference.part.sort,
        "name": difference.part.name,
        "verdict": difference.verdict,
        "changes": list(difference.changes),
    }


def chosen(
    client: Elasticsearch,
    server: Server,
    namespace: str,
    retain_days: int,
    mode: Mode = "standard",
) -> Choice:
    """What the templates are made for: a replica where there is a second node for it.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    with translated("cluster"):
        health = client.cluster.health(filter_path="number_of_data_nodes")
    replicas = int(health["number_of_data_nodes"] > 1)
    return Choice(server.modules, namespace, retain_days, replicas, mode)


def differences(client: Elasticsearch, wanted: Choice) -> list[Difference]:
    """Every part that has to stand, with what is different on the server.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    return [_difference(part, _standing(client, part)) for part in parts(wanted)]


def apply(client: Elasticsearch, found: list[Difference], namespace: str) -> list[str]:
    """Makes what is new or changed; the streams that were rolled over for their fields.

    Raises:
        StoreError: the server refuses; StoreUnavailable where a repetition may help.
    """
    for difference in found:
        if difference.verdict != "same":
            _put(client, difference)
    changed = {d.part.name for d in found if d.verdict == "changed"}
    touched = [d for d in DATASETS if mappings(d) in changed]
    return [
        stream(d, namespace) for d in touched if rolled_over(client, namespace, d, max_age="0s")
    ]


def _standing(client: Elasticsearch, part: Part) -> Mapping[str, Any] | None:
    """What stands under the name of the part, in the form of its body."""
    with translated(part.name):
        try:
            return _read(client, part)
        except elasticsearch.NotFoundError:
            return None


def _read(client: Elasticsearch, part: Part) -> Mapping[str, Any]:
    name = part.name
    match part.sort:
        case "component_template":
            found = client.cluster.get_component_template(name=name)["component_templates"]
            return dict(found[0]["component_template"])
        case "index_template":
            found = client.indices.get_index_template(name=name)["index_templates"]
            return dict(found[0]["index_template"])
        case "ilm_policy":
            return {"policy": client.ilm.get_lifecycle(name=name)[name]["policy"]}
        case _:  # under an alias stands the index behind it
            held = next(iter(client.indices.get(index=name).values()))
            return {"settings": held["settings"], "mappings": held["mappings"]}


def _put(client: Elasticsearch, difference: Difference) -> None:
    part = difference.part
    with translated(part.name):
        match part.sort:
            case "component_template":
                client.cluster.put_component_template(name=part.name, **part.body)
            case "index_template":
                client.indices.put_index_template(name=part.name, **part.body)
            case "ilm_policy":
                client.ilm.put_lifecycle(name=part.name, **part.body)
            case _ if difference.verdict == "new":
                _create(client, part)
            case _:
                _bring_up(client, part)


def _create(client: Elasticsearch, part: Part) -> None:
    """An index; somebody else may make it at the same time."""
    is_behind = part.sort == "alias"
    more: dict[str, Any] = {"aliases": {part.name: {"is_write_index": True}}} if is_behind else {}
    name = f"{part.name}-000001" if is_behind else part.name
    try:
        client.indices.create(index=name, **part.body, **more)
    except elasticsearch.BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise


def _bring_up(client: Elasticsearch, part: Part) -> None:
    """An index that stands: its replicas and the fields that came to it."""
    client.indices.put_settings(index=part.name, settings={"index": _dynamic(part.body)})
    if properties := part.body["mappings"].get("properties"):
        client.indices.put_mapping(index=part.name, properties=properties)


def _dynamic(body: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an index that may change while it is there."""
    return {"number_of_replicas": body["settings"]["index"]["number_of_replicas"]}


def _difference(part: Part, standing: Mapping[str, Any] | None) -> Difference:
    if standing is None:
        return Difference(part, "new")
    wanted, held = dict(_leaves(part.body)), dict(_leaves(standing))
    changes = tuple(
        f"{key}: {held.get(key, '-')} -> {value}"
        for key, value in sorted(wanted.items())
        if held.get(key) != value
    )
    gone = tuple(
        f"{key}: {held[key]} -> -"
        for key in sorted(held.keys() - wanted.keys())
        if ".properties." in key
    )
    return Difference(part, "changed" if changes or gone else "same", changes + gone)


def _leaves(body: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value with its dotted place; fields of objects stand under their dotted names."""
    if isinstance(body, Mapping) and body:
        for key, inner in body.items():
            is_object = isinstance(inner, Mapping) and set(inner) == {"properties"}
            if place.endswith("properties") and is_object:
                fields = {f"{key}.{name}": field for name, field in inner["properties"].items()}
                yield from _leaves(fields, place)
            else:
                yield from _leaves(inner, f"{place}.{key}" if place else str(key))
        return
    yield place, body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
