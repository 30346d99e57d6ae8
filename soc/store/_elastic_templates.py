"""Index templates, made of the field table and of what the server offers.

Fields are named one by one; anything else in a document is kept and not indexed. Every text
field has a subfield in simple lowercase, so that comparisons that pass over case are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from soc._columns import INGESTED, RECORD_NUMBER, SOURCE_KEY, VERSION
from soc.schema import DATASETS, DERIVED, Field, Type, of
from soc.store._elastic_names import (
    CUSTOM,
    FOLDED,
    NORMALIZER,
    ODD,
    ORIGIN_HOST,
    SETTINGS,
    WRITTEN,
    mappings,
    marks,
    template,
)
from soc.store._elastic_record_mappings import bodies

Body = dict[str, Any]
# "alias": an index of our own name and number behind the alias that is the part's name.
Sort = Literal["component_template", "index_template", "ilm_policy", "index", "alias"]
Mode = Literal["standard", "logsdb"]

FOLDING: Body = {"normalizer": {NORMALIZER: {"type": "custom", "filter": ["lowercase"]}}}
PRIORITY = 500  # stock templates of logs-*-* have 100
POLICY = "soc@lifecycle"
# In logsdb, of the numbers and dates only these have an index of their own, for they narrow a
# search; of the others the server reads the columns, which gives the same answers in less room.
NARROWING = frozenset(
    {"@timestamp", INGESTED, VERSION, RECORD_NUMBER, SOURCE_KEY, "destination.port"}
)

# A type that only a module brings, that module, and what stands in for it.
DEGRADES: Mapping[str, tuple[str, str]] = {
    "wildcard": ("wildcard", "keyword"),
    "constant_keyword": ("constant-keyword", "keyword"),
    "match_only_text": ("mapper-extras", "keyword"),
    "scaled_float": ("mapper-extras", "double"),
    "unsigned_long": ("unsigned-long", "long"),
    "version": ("mapper-version", "keyword"),
}
TIERS = "data-streams"  # the module with the lifecycle of data streams
ILM = "x-pack-ilm"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the templates are made for."""

    modules: frozenset[str]
    namespace: str
    retain_days: int
    replicas: int = 0
    mode: Mode = "standard"

    @property
    def lifecycle(self) -> Literal["stream", "ilm", "own"]:
        """Who deletes what is old: the stream itself, ILM, or ``soc store retain``."""
        if TIERS in self.modules:
            return "stream"
        return "ilm" if ILM in self.modules else "own"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that has to stand on the server."""

    sort: Sort
    name: str
    body: Body


def parts(choice: Choice) -> list[Part]:
    """Everything that has to stand, in the order in which it can be made."""
    found = []
    if choice.lifecycle == "ilm":
        found.append(Part("ilm_policy", POLICY, _policy(choice)))
    found.append(
        Part("component_template", SETTINGS, {"template": {"settings": _settings(choice)}})
    )
    for dataset in DATASETS:
        found.append(Part("component_template", mappings(dataset), _fields(dataset, choice)))
        found.append(Part("index_template", template(dataset), _template(dataset, choice)))
    found.append(Part("index", marks(choice.namespace), _marks(choice)))
    records = bodies(choice.namespace, choice.replicas)
    found += [Part("alias", name, body) for name, body in records.items()]
    return found


def _template(dataset: str, choice: Choice) -> Body:
    composed = [SETTINGS, mappings(dataset), CUSTOM]
    body: Body = {
        "index_patterns": [f"logs-soc.{dataset}-*"],
        "data_stream": {"hidden": False, "allow_custom_routing": False},
        "priority": PRIORITY,
        "composed_of": composed,
        "ignore_missing_component_templates": [CUSTOM],
    }
    inner: Body = {}
    if dataset not in DERIVED and choice.lifecycle == "stream":
        inner["lifecycle"] = {"data_retention": f"{choice.retain_days}d"}
    if dataset not in DERIVED and choice.lifecycle == "ilm":
        inner["settings"] = {"index": {"lifecycle": {"name": POLICY}}}
    return body | ({"template": inner} if inner else {})


def _settings(choice: Choice) -> Body:
    index: Body = {
        "mode": choice.mode,
        "number_of_shards": "1",
        "number_of_replicas": str(choice.replicas),
        "codec": "best_compression",
        "mapping": {
            "total_fields": {"limit": "1000", "ignore_dynamic_beyond_limit": "true"},
        },
    }
    if choice.mode == "logsdb":
        index["mapping"]["source"] = {"mode": "stored"}
        index["mapping"]["ignore_above"] = "32766"
    return {"index": index}


def _fields(dataset: str, choice: Choice) -> Body:
    """The fields, and the settings that name them: each template is checked by itself."""
    index: Body = {"analysis": FOLDING}
    if choice.mode == "logsdb":
        index["sort"] = {"field": [ORIGIN_HOST, "@timestamp"], "order": ["asc", "asc"]}
    return {"template": {"settings": {"index": index}, "mappings": _mappings(dataset, choice)}}


def _mappings(dataset: str, choice: Choice) -> Body:
    properties = {name: _field(f, choice) for name, f in of(dataset).items() if not f.virtual}
    return {
        "dynamic": "false",
        "_meta": {"managed_by": "soc store setup"},
        "properties": {
            **properties,
            ORIGIN_HOST: {"type": "keyword"},
            VERSION: {"type": "long"},
            ODD: {"type": "keyword"},
            WRITTEN: {"type": "object", "enabled": False},
        },
    }


def _field(field: Field, choice: Choice) -> Body:
    is_read = field.type.is_number or field.type is Type.DATE
    is_read = is_read and choice.mode == "logsdb" and field.name not in NARROWING
    index: Body = {"index": False} if is_read else {}
    if field.type is Type.DATE:
        return {"type": "date_nanos", "format": "strict_date_optional_time_nanos", **index}
    kind = offered(field.type.value[1], choice.modules)
    if not field.type.is_text:
        return {"type": kind, **index}
    lower = {"type": "keyword", "normalizer": NORMALIZER, "doc_values": False}
    return {"type": kind, "fields": {FOLDED: lower}}


def offered(kind: str, modules: frozenset[str]) -> str:
    """The type itself where the server has it, else what stands in for it."""
    module, instead = DEGRADES.get(kind, ("", kind))
    return kind if not module or module in modules else instead


def _policy(choice: Choice) -> Body:
    rollover = {"max_age": "1d", "max_primary_shard_size": "50gb"}
    return {
        "policy": {
            "phases": {
                "hot": {"min_age": "0ms", "actions": {"rollover": rollover}},
                "delete": {"min_age": f"{choice.retain_days}d", "actions": {"delete": {}}},
            }
        }
    }


def _marks(choice: Choice) -> Body:
    """One document a dataset, read by its id: nothing in it is searched."""
    index = {"number_of_shards": "1", "number_of_replicas": str(choice.replicas)}
    return {"settings": {"index": index}, "mappings": {"dynamic": "false"}}
