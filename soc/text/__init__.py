"""The catalogue of all text that people read, in Chinese and English.

``soc/text/<language>/<subject>.toml`` holds the texts of one subject; the key of a text is
``<subject>.<key>``. Both languages hold the same keys with the same placeholders: a test
compares them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def subject(name: str, language: Language) -> dict[str, str]:
    """All texts of one subject; nested tables are joined by dots.

    Raises:
        KeyError: no such subject.
    """
    resource = files("soc.text").joinpath(language, f"{name}.toml")
    if not resource.is_file():
        raise KeyError(name)
    return _flat(tomllib.loads(resource.read_text(encoding="utf-8")), "")


def text(key: str, language: Language, **values: object) -> str:
    """The text of ``<subject>.<key>``, its ``{placeholders}`` filled.

    Raises:
        KeyError: no such text, or a placeholder without a value.
    """
    name, _, rest = key.partition(".")
    pattern = subject(name, language)[rest]
    return pattern.format_map(values) if values else pattern


def label(key: str, language: Language) -> str:
    """The text of a key, or its last part where the catalogue has none (a new value of a field)."""
    try:
        return text(key, language)
    except KeyError:
        return key.rpartition(".")[2]


def _flat(table: dict[str, object], prefix: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            texts |= _flat(value, f"{prefix}{key}.")
        else:
            texts[prefix + key] = str(value)
    return texts
