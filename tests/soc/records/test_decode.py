from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from soc.records._decode import reader
from soc.records._parts import Span


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int | float | str | None, 1, 1),
        (int | float | str | None, 1.5, 1.5),
        (int | float | str | None, "1", "1"),
        (int | float | str | None, None, None),
        (float, 1, 1.0),
        (date | None, "2026-03-18", date(2026, 3, 18)),
        (datetime, "2026-03-18T09:00:00+08:00", datetime(2026, 3, 18, 1, tzinfo=UTC)),
        (tuple[int, ...], [1, 2], (1, 2)),
        (Mapping[str, Mapping[str, int]], {"a": {"b": 1}}, {"a": {"b": 1}}),
        (Literal["x", "y"], "y", "y"),
        (bool, True, True),
    ],
)
def test_a_value_is_read_as_its_annotation_says(
    annotation: Any, value: object, expected: object
) -> None:
    read = reader(annotation)(value)

    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, True),
        (int, 1.0),
        (float, "1"),
        (float, False),
        (bool, 1),
        (str, None),
        (None | str, 1),
        (tuple[int, ...], "12"),
        (tuple[int, ...], [1, "2"]),
        (Mapping[str, int], []),
        (Literal["x"], "y"),
        (Literal["x"], ["x"]),
        (date, "2026-02-30"),
        (datetime, "2026-03-18"),
        (type(None), 0),
        (Span, "x"),
        (Span, {"begin": "2026-03-18T01:00:00Z"}),
    ],
)
def test_what_does_not_fit_is_refused(annotation: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader(annotation)(value)


@pytest.mark.parametrize(
    "annotation", [set[str], list[int], dict[str, int], bytes, tuple[int, str]]
)
def test_a_record_may_not_hold_what_json_cannot(annotation: Any) -> None:
    with pytest.raises(TypeError, match="records hold no such values"):
        reader(annotation)
