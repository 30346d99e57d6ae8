"""``soc.schema``: one table, and what derives from it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from soc import schema
from soc.schema import Type

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden" / "schema.json"


def _dump() -> str:
    """Name, type, Arrow type, datasets and Sigma names of each field, one a line."""
    lines = [
        json.dumps(
            {
                "name": field.name,
                "type": field.type.name,
                "arrow": str(schema.arrow_type(field.type)),
                "elasticsearch": field.type.value[1],
                "datasets": "all" if field.datasets == schema.DATASETS else list(field.datasets),
                "sigma": list(field.sigma),
            },
            ensure_ascii=False,
        )
        for field in schema.fields().values()
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def test_the_fields_are_those_of_the_golden_file() -> None:
    if os.environ.get("GOVSOC_GOLDEN") == "write":
        GOLDEN.write_text(_dump(), encoding="utf-8")

    assert _dump() == GOLDEN.read_text(encoding="utf-8"), "GOVSOC_GOLDEN=write rewrites it"


def test_names_differ_in_more_than_case() -> None:
    names = [name.lower() for name in schema.fields()]

    assert len(set(names)) == len(names)


def test_no_name_lies_under_a_map() -> None:
    maps = [name for name, field in schema.fields().items() if field.type is Type.MAP]

    assert [n for n in schema.fields() if any(n.startswith(m + ".") for m in maps)] == []


def test_times_are_among_the_first_32_columns() -> None:
    for dataset in schema.DATASETS:
        first = schema.arrow(dataset).names[:32]

        assert {"@timestamp", "event.ingested"} <= set(first)


@pytest.mark.parametrize("dataset", schema.DATASETS)
def test_each_scalar_address_is_followed_by_its_twin(dataset: str) -> None:
    names = schema.arrow(dataset).names
    addresses = [name for name, field in schema.of(dataset).items() if field.type is Type.IP]

    assert [names[names.index(name) + 1] for name in addresses] == list(map(schema.twin, addresses))


@pytest.mark.parametrize("dataset", schema.DATASETS)
def test_event_id_is_not_stored(dataset: str) -> None:
    assert "event.id" in schema.of(dataset)
    assert "event.id" not in schema.arrow(dataset).names


def test_no_type_is_unsigned() -> None:
    assert not any(pa.types.is_unsigned_integer(schema.arrow_type(kind)) for kind in Type)


def test_an_unknown_dataset_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        schema.of("flows")


def test_sigma_names_with_a_category_name_it_first() -> None:
    named = [name for field in schema.fields().values() for name in field.sigma if ":" in name]

    assert all(name.count(":") == 1 and all(name.split(":")) for name in named)
