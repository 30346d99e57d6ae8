"""A cell that cannot be taken."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it is told in the result, not raised to the caller
    """What stands there, and what to write instead; the row is refused, the import goes on."""

    def __init__(self, value: str, remedy: str) -> None:
        super().__init__(f"{value}: {remedy}")
        self.value = value
        self.remedy = remedy
