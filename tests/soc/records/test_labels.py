from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from soc.records import kinds
from soc.records._labels import field_label, kind_label, state_label, titles, value_label
from soc.text import LANGUAGES, Language, subject

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_CHINESE = {"SHA-256"}


def walked(found: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(found)
    for each in fields(found):
        yield prefix + each.name, hints[each.name]
        for part in parts(hints[each.name]):
            yield from walked(part, f"{prefix}{each.name}.")


def parts(annotation: Any) -> Iterator[Any]:
    if is_dataclass(annotation):
        yield annotation
    for inner in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from parts(inner)


def literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for inner in get_args(annotation):
        yield from literals(inner)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_everything_that_people_see_of_a_kind_has_a_label(kind: str, language: Language) -> None:
    known = subject("records", language)
    found: Any = kinds()[kind]
    wanted = {f"kind.{kind}", *(f"state.{kind}.{state}" for state in found.states)}
    for name, annotation in walked(found):
        wanted.add("field." + name.rpartition(".")[2])
        of = "record" if name in ("origin", "author.through") else kind
        for value in literals(annotation):
            wanted.add(f"value.{of}.{name.removeprefix('author.')}.{value}")

    assert sorted(wanted - known.keys()) == []


def test_no_label_is_left_over() -> None:
    names = {"field." + n.rpartition(".")[2] for k in kinds().values() for n, _ in walked(k)}
    states = {f"state.{k}.{s}" for k, found in kinds().items() for s in found.states}
    known = {key for key in subject("records", "zh") if key.startswith(("field.", "state."))}

    assert sorted(known - names - states) == []


def test_both_languages_have_the_same_labels() -> None:
    assert subject("records", "zh").keys() == subject("records", "en").keys()


def test_chinese_labels_are_chinese() -> None:
    labels = set(subject("records", "zh").values()) - SAME_IN_CHINESE

    assert [label for label in labels if not CHINESE.search(label)] == []


def test_labels_are_found_by_kind_field_state_and_value() -> None:
    assert kind_label("block", "zh") == "封堵"
    assert state_label("block", "proposed", "zh") == "待审批"
    assert field_label("asset", "endpoints.address", "zh") == "地址"
    assert field_label("asset", "unit", "zh") == "责任单位"
    assert field_label("finding", "unit", "zh") == "单位"
    assert value_label("alert", "result", "blocked", "zh") == "拦截"
    assert value_label("alert", "state", "open", "zh") == "待处理"
    assert value_label("alert", "origin", "live", "en") == "Live"
    assert value_label("alert", "author.through", "cli", "zh") == "命令行"


def test_what_has_no_label_is_shown_as_it_is() -> None:
    assert value_label("alert", "result", "novel", "zh") == "novel"


def test_a_table_of_a_kind_has_its_titles_in_order() -> None:
    found = titles("contact", "zh")

    assert list(found)[:2] == ["id", "state"]
    assert found["phone"] == "电话"
