"""The small ATT&CK table that tags are read against; nothing is ever fetched."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from soc.text import Language

_OTHERS = re.compile(r"^[gs]\d{4}$")  # groups and software are taken as they are


def read_tags(tags: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Technique ids, tactic names, and the ATT&CK tags that the table does not know.

    Args:
        tags: as rules write them, ``attack.t1190``; those of other namespaces are passed over.
    """
    techniques: list[str] = []
    tactics: list[str] = []
    unknown: list[str] = []
    for tag in tags:
        namespace, _, name = tag.lower().partition(".")
        if namespace != "attack" or _OTHERS.match(name):
            continue
        if name.upper() in _table()["techniques"]:
            techniques.append(name.upper())
        elif (tactic := name.replace("_", "-")) in _table()["tactics"]:
            tactics.append(tactic)
        else:
            unknown.append(tag)
    return tuple(dict.fromkeys(techniques)), tuple(dict.fromkeys(tactics)), tuple(unknown)


def technique_named(technique: str, language: Language) -> str:
    """The id, in Chinese with the name; the id alone where the table has none."""
    name = _table()["techniques"].get(technique)
    return f"{technique} {name}" if name and language == "zh" else technique


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("detections").joinpath("_attack.toml").read_text("utf-8"))
