"""Words that people type for alerts, as the records hold them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from soc.errors import ConfigError
from soc.records.alert import Judgement
from soc.text import LANGUAGES, text

if TYPE_CHECKING:
    from soc.context import Context

Sort = Literal["tuning", "allowlist", "dedup", "silence"]


def judgement(word: str) -> Judgement:
    """The verdict of a word, in either language or as stored.

    Raises:
        ConfigError: no such verdict.
    """
    for known in get_args(Judgement):
        names = {text(f"alerts.verdict_{known}", language) for language in LANGUAGES}
        if word in names | {known}:
            judged: Judgement = known
            return judged
    told = ", ".join(get_args(Judgement))
    raise ConfigError(f"verdict {word!r}: use one of {told}, or its Chinese name")


def sort(word: str) -> Sort:
    """The sort of a suppression.

    Raises:
        ConfigError: no such sort.
    """
    for known in get_args(Sort):
        if word == known:
            found: Sort = known
            return found
    raise ConfigError(f"kind {word!r}: use one of {', '.join(get_args(Sort))}")


def ending(context: Context, days: int | None, until: datetime | None) -> datetime:
    """The end that was asked for; a time without zone is the site's.

    Raises:
        ConfigError: neither or both were given.
    """
    if (days is None) == (until is None):
        raise ConfigError("suppression: give --days or --until: one of them")
    if until is not None:
        return until.replace(tzinfo=until.tzinfo or context.calendar.zone)
    return context.clock.now() + timedelta(days=days or 0)
