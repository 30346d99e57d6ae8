"""``soc._columns``: which columns a dataset has."""

from __future__ import annotations

import pytest

from soc._columns import Columns, columns_of, question
from soc.errors import StoreError
from soc.schema import Type


def test_a_dataset_has_its_fields_their_twins_and_the_version() -> None:
    columns = columns_of("flow")

    assert columns.type_of("source.ip") is Type.IP
    assert columns.type_of("soc.twin.source.ip") is Type.TWIN
    assert columns.type_of("soc.version") is Type.LONG
    assert columns.type_of("dns.id") is None


def test_a_key_of_a_map_is_text_whatever_it_holds() -> None:
    columns = columns_of("flow")

    assert columns.type_of("soc.other.a.b c") is Type.TEXT
    assert columns.map_of("soc.other.a.b c") == ("soc.other", "a.b c")
    assert columns.map_of("soc.otherwise") is None


def test_keywords_look_at_text_and_maps_but_not_at_ids_and_addresses() -> None:
    texts = columns_of("flow").texts()

    assert {"message", "event.type", "soc.other"} <= set(texts)
    assert not {"event.id", "source.ip", "soc.twin.source.ip", "source.port"} & set(texts)


def test_records_are_open() -> None:
    assert columns_of("record.alert") == Columns({}, is_open=True)


def test_a_question_to_an_unknown_dataset_is_refused() -> None:
    with pytest.raises(StoreError, match="flows"):
        question("flows")
