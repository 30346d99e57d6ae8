"""What people call a kind, a field, a state or a value of a record."""

from __future__ import annotations

from dataclasses import fields

from soc.records._registry import kind_of
from soc.text import Language, label, subject


def kind_label(kind: str, language: Language) -> str:
    """告警, Alert."""
    return label(f"records.kind.{kind}", language)


def field_label(kind: str, field: str, language: Language) -> str:
    """The label of a field or of a part's (``endpoints.address``): its kind's own, if any."""
    own, inner = f"field_of.{kind}.{field}", field.rpartition(".")[2]
    if own in subject("records", language):
        return label(f"records.{own}", language)
    return label(f"records.field.{inner}", language)


def state_label(kind: str, state: str, language: Language) -> str:
    """待处理, Open."""
    return label(f"records.state.{kind}.{state}", language)


def value_label(kind: str, field: str, value: str, language: Language) -> str:
    """The label of one of a field's fixed values; the value itself where it has none."""
    if field == "state":
        return state_label(kind, value, language)
    of = kind if field not in ("origin", "author.through") else "record"
    return label(f"records.value.{of}.{field.removeprefix('author.')}.{value}", language)


def titles(kind: str, language: Language) -> dict[str, str]:
    """The label of each field of a kind, in the order in which it has them."""
    return {f.name: field_label(kind, f.name, language) for f in fields(kind_of(kind))}
