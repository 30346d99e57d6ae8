"""Templates: made of the field table, and of what the server offers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from soc import schema
from soc.schema import DATASETS, DERIVED, Type
from soc.store._elastic_names import ODD, ORIGIN_HOST, WRITTEN, mappings, template
from soc.store._elastic_templates import DEGRADES, NARROWING, Choice, offered, parts

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden" / "elastic_templates.json"
CUT = frozenset({"x-pack-core"})  # what the distribution for tests has
FULL = CUT | {"wildcard", "data-streams", "x-pack-ilm", "mapper-extras"}


def _parts(modules: frozenset[str], **values: Any) -> dict[str, Any]:
    return {part.name: part.body for part in parts(Choice(modules, "default", 180, **values))}


def _dumped() -> str:
    """One part a line: all of a server that is cut down, of a full one what differs."""
    cut, full = _parts(CUT), _parts(FULL)
    found = {f"cut down: {name}": body for name, body in cut.items()}
    found |= {f"full: {name}": body for name, body in full.items() if cut.get(name) != body}
    lines = [f"{json.dumps(name)}: {json.dumps(body)}" for name, body in found.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_templates_are_those_of_the_golden_file() -> None:
    if os.environ.get("GOVSOC_GOLDEN") == "write":
        GOLDEN.write_text(_dumped(), encoding="utf-8")

    assert _dumped() == GOLDEN.read_text(encoding="utf-8"), "GOVSOC_GOLDEN=write rewrites it"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_stored_column_is_a_field_and_so_are_ours(dataset: str) -> None:
    body = _parts(CUT)[mappings(dataset)]["template"]["mappings"]

    stored = {name for name, field in schema.of(dataset).items() if not field.virtual}
    ours = {ORIGIN_HOST, "soc.version", ODD, WRITTEN}
    assert set(body["properties"]) == stored | ours
    assert body["dynamic"] == "false"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_text_is_held_in_lower_case_too(dataset: str) -> None:
    fields = _parts(CUT)[mappings(dataset)]["template"]["mappings"]["properties"]

    texts = {n for n, f in schema.of(dataset).items() if f.type.is_text and not f.virtual}
    assert {name for name, field in fields.items() if "fields" in field} == texts


@pytest.mark.parametrize("kind", DEGRADES)
def test_a_type_that_the_server_lacks_has_a_stand_in(kind: str) -> None:
    module, instead = DEGRADES[kind]

    assert offered(kind, frozenset({module})) == kind
    assert offered(kind, frozenset()) == instead
    assert instead not in DEGRADES


def test_only_types_that_every_server_has_are_left_where_it_has_no_modules() -> None:
    every = {"keyword", "ip", "date_nanos", "integer", "long", "double", "boolean", "flattened"}

    fields = _parts(frozenset())[mappings("flow")]["template"]["mappings"]["properties"].values()

    assert {field["type"] for field in fields} <= every | {"object"}


def test_every_column_type_has_a_field_type() -> None:
    assert all(offered(kind.value[1], frozenset()) not in DEGRADES for kind in Type)


@pytest.mark.parametrize(
    ("modules", "lifecycle"),
    [(CUT, "own"), (CUT | {"x-pack-ilm"}, "ilm"), (FULL, "stream")],
)
def test_what_is_old_is_deleted_by_whoever_is_there(
    modules: frozenset[str], lifecycle: str
) -> None:
    assert Choice(modules, "default", 180).lifecycle == lifecycle
    is_named = "soc@lifecycle" in _parts(modules)
    assert is_named is (lifecycle == "ilm")


@pytest.mark.parametrize("dataset", DERIVED)
@pytest.mark.parametrize("modules", [CUT, CUT | {"x-pack-ilm"}, FULL])
def test_derived_rows_are_never_deleted_by_age(modules: frozenset[str], dataset: str) -> None:
    body = _parts(modules)[template(dataset)].get("template", {})

    assert not {"lifecycle", "settings"} & set(body)


def test_logsdb_keeps_documents_as_they_are() -> None:
    index = _parts(CUT, mode="logsdb")["soc@settings"]["template"]["settings"]["index"]

    assert index["mapping"]["source"] == {"mode": "stored"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_logsdb_leaves_out_the_index_of_numbers_and_dates_that_narrow_nothing(dataset: str) -> None:
    standard, logsdb = (
        _parts(CUT, mode=mode)[mappings(dataset)]["template"]["mappings"]["properties"]
        for mode in ("standard", "logsdb")
    )

    left_out = {name for name, field in logsdb.items() if field.get("index") is False}
    kinds = {name: field.type for name, field in schema.of(dataset).items() if not field.virtual}
    read = {name for name, kind in kinds.items() if kind.is_number or kind is Type.DATE}
    assert left_out == read - NARROWING
    assert {name: {k: v for k, v in field.items() if k != "index"}
            for name, field in logsdb.items()} == standard  # fmt: skip
