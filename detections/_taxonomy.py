"""What a Sigma log source means here: datasets, limiting predicate, who attacks whom."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from soc import schema
from soc.errors import RuleError
from soc.where import EVERYTHING, All, In, Some, Where

KEYS = ("category", "product", "service")
_CLASS = "异常行为事件/访问异常"


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log source as a rule names it, and what follows from it."""

    names: Mapping[str, str]  # of category, product, service those that the rule gives
    datasets: tuple[str, ...]
    only: Where  # rows of the datasets that belong to it
    attacker: tuple[str, ...]  # columns, the first that is filled wins
    victim: tuple[str, ...]
    entity: tuple[str, ...]  # columns, or "attacker" or "victim"
    classified: str  # class and sub-class of GB/T 20986

    @property
    def text(self) -> str:
        """How people write it: ``category webserver``."""
        return ", ".join(f"{key} {value}" for key, value in self.names.items())


def log_source(names: Mapping[str, str]) -> LogSource:
    """The log source of that category, product and service.

    Raises:
        RuleError: the table has none.
    """
    given = {key: names[key].lower() for key in KEYS if names.get(key)}
    fitting = [entry for entry in _table()["logsource"] if _fits(entry, given)]
    if not fitting:
        told = ", ".join(f"{key} {value}" for key, value in given.items())
        raise RuleError(f"logsource: {told}: nothing collected here is of this kind: name another")
    entry = max(fitting, key=lambda e: sum(key in e for key in KEYS))
    product = None if "product" in entry else given.get("product")
    return LogSource(
        names=given,
        datasets=tuple(entry["datasets"]),
        only=_limit(entry.get("only", {}), product),
        attacker=tuple(entry.get("attacker", ("source.ip",))),
        victim=tuple(entry.get("victim", ("destination.ip",))),
        entity=tuple(entry.get("entity", ("attacker",))),
        classified=entry.get("class", _CLASS),
    )


def column(name: str, source: LogSource, dataset: str) -> schema.Field:
    """The column of the dataset that a Sigma field name means in this log source.

    A name limited to the log source (``webserver:cs-uri-query``) goes before a general one;
    the name of a column means that column.

    Raises:
        RuleError: no column of the dataset holds it.
    """
    known = schema.of(dataset)
    found = known.get(name) or _by_sigma_name(name, source, dataset)
    if found is None or found.name in _table()["absent"].get(dataset, ()):
        raise RuleError(f"field: {name!r}: no column of {dataset} holds it: name one of the schema")
    return found


def classify(techniques: Iterable[str], otherwise: str) -> str:
    """Class of GB/T 20986 by technique, else ``otherwise``."""
    given = set(techniques)
    roots = given | {technique.partition(".")[0] for technique in given}
    table: dict[str, str] = _table()["class"]
    return next((name for technique, name in table.items() if technique in roots), otherwise)


@cache
def blocked_words() -> frozenset[str]:
    """Words of ``event.action`` that mean that the device stopped it, in lower case."""
    return frozenset(_table()["blocked"]["words"])


def _by_sigma_name(name: str, source: LogSource, dataset: str) -> schema.Field | None:
    names = _sigma_names(dataset)
    for qualifier in (*reversed(list(source.names.values())), dataset):
        if found := names.get(f"{qualifier}:{name}"):
            return found
    return names.get(name)


@cache
def _sigma_names(dataset: str) -> dict[str, schema.Field]:
    return {name: field for field in schema.of(dataset).values() for name in field.sigma}


def _fits(entry: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    named = [key for key in KEYS if key in entry]
    left = [key for key in given if key not in entry and key != "product"]
    return not left and all(given.get(key) == entry[key] for key in named)


def _limit(only: Mapping[str, list[str]], product: str | None) -> Where:
    parts: list[Where] = []
    if only:
        parts.append(Some(tuple(In(name, tuple(values)) for name, values in only.items())))
    if product:
        names = ("observer.vendor", "observer.product", "event.module")
        parts.append(Some(tuple(In(name, (product,)) for name in names)))
    return All(tuple(parts)) if parts else EVERYTHING


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("detections").joinpath("_taxonomy.toml").read_text("utf-8"))
