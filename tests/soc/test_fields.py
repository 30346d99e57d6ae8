"""``soc._fields``: the rows of the schema."""

from __future__ import annotations

from collections import Counter

from soc import schema
from soc._fields import TABLE


def test_a_name_stands_once() -> None:
    names = Counter(row[0] for _, _, rows in TABLE for row in rows)

    assert [name for name, times in names.items() if times > 1] == []


def test_every_row_has_a_known_type_and_a_meaning() -> None:
    rows = [row for _, _, rows in TABLE for row in rows]

    assert [row[0] for row in rows if row[1] not in schema.Type.__members__ or not row[2]] == []


def test_groups_name_known_datasets() -> None:
    assert {d for _, datasets, _ in TABLE for d in datasets} <= set(schema.DATASETS)


def test_a_sigma_name_means_one_column_of_a_dataset() -> None:
    for dataset in schema.DATASETS:
        names = Counter(name for field in schema.of(dataset).values() for name in field.sigma)

        assert [name for name, times in names.items() if times > 1] == []
