"""Arrangements of working days, by year, from ``soc/data/workdays.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from soc.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Year:
    """One year's arrangement."""

    off: frozenset[date]  # days off, weekends of the holidays among them
    worked: frozenset[date]  # Saturdays and Sundays that are worked
    source: str
    as_of: date
    verified: bool  # somebody compared it with the official text


def shipped() -> dict[int, Year]:
    """The arrangements that come with the program."""
    resource = files("soc").joinpath("data", "workdays.toml")
    return parsed(resource.read_text(encoding="utf-8"), place="workdays.toml")


def parsed(text: str, *, place: str) -> dict[int, Year]:
    """Arrangements by year.

    Raises:
        ConfigError: no TOML, a wrong date, or a date of another year; the message names it.
    """
    try:
        tables: dict[str, dict[str, Any]] = tomllib.loads(text)
        return {int(year): _year(int(year), table) for year, table in tables.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{place}: {error}: write a table a year with off, worked, source, as_of, verified"
        ) from error


def _year(year: int, table: dict[str, Any]) -> Year:
    off = frozenset(day for text in table["off"] for day in _days(text))
    worked = frozenset(day for text in table["worked"] for day in _days(text))
    strange = sorted(day for day in off | worked if day.year != year) or sorted(off & worked)
    if strange:
        raise ValueError(f"{strange[0]} cannot stand in the table of {year}")
    return Year(off, worked, table["source"], table["as_of"], table["verified"])


def _days(text: str) -> Iterator[date]:
    """A date, or both ends of a run of them joined by ``/``."""
    first, _, last = text.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    for number in range((end - start).days + 1):
        yield start + timedelta(days=number)
