"""One thing that ``soc doctor`` looked at."""

from __future__ import annotations

from dataclasses import dataclass

from soc.console import t


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` says what to do where it is not right."""

    name: str
    ok: bool | None  # None: it could not be looked at
    found: str
    remedy: str | None = None


def check(name: str, ok: bool | None, found: str) -> Check:
    """A check with the remedy of its name, where it is not right."""
    return Check(name, ok, found, None if ok else t(f"doctor.mend_{name}"))
