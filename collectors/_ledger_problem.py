"""A cell that cannot be taken."""

from __future__ import annotations

from soc.text import Language, text


class Problem(Exception):  # noqa: N818 - it is told in the result, not raised to the caller
    """What stands there, and what to write instead; the row is refused, the import goes on."""

    def __init__(self, value: str, code: str, **facts: object) -> None:
        super().__init__(f"{value}: {code}")
        self.value = value
        self.code = code
        self.facts = facts

    @property
    def remedy(self) -> str:
        """What to write instead, in English as all errors are."""
        return remedy(self.code, self.facts, "en")


def reason(code: str, language: Language) -> str:
    """Why a row with this problem is not taken."""
    return text(f"ledger.reason.{code}", language)


def remedy(code: str, facts: dict[str, object], language: Language) -> str:
    """What to write instead."""
    return text(f"ledger.remedy.{code}", language, **facts)
