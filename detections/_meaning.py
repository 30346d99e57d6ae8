"""What a rule says beside its filter: the ``soc:`` block of its YAML.

Who attacks whom decides what a blocklist proposes, so each rule may name the columns; what it
leaves out comes from its log source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from soc import schema
from soc.errors import RuleError

_PATTERN = r"^[^/\s]{2,20}/[^/\s]{2,20}$"


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Meaning(BaseModel):
    """Columns of both parties and words for people.

    Of several columns of a party the first that is filled counts. The entity may name the
    parties themselves, ``attacker`` and ``victim``, beside columns.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    attacker: Columns = Field(default=(), max_length=4)
    victim: Columns = Field(default=(), max_length=4)
    victim_port: str = "destination.port"
    entity: Columns = Field(default=(), max_length=4)  # one open alert for each; all are joined
    category: str = Field(default="", alias="class")  # class/sub-class of GB/T 20986
    result: Literal["attempted", "blocked", "succeeded", "compromised", "unknown"] = "attempted"
    confidence: Literal["low", "medium", "high"] | None = None
    title_zh: str = Field(default="", max_length=60)
    advice_zh: str = Field(default="", max_length=400)

    @property
    def columns(self) -> set[str]:
        """Every column that it names."""
        named = {*self.attacker, *self.victim, *self.entity, self.victim_port}
        return named - {"attacker", "victim"}


def meaning(block: Any, defaults: Mapping[str, Any], place: str) -> Meaning:
    """The block of a rule, filled up from its log source.

    Raises:
        RuleError: an unknown key, a wrong value, or a column that there is not.
    """
    if block is not None and not isinstance(block, Mapping):
        raise RuleError(f"{place}: soc: {type(block).__name__}: write a mapping")
    given = {**defaults, **(block or {})}
    _check_category(given.get("class", ""), place)
    try:
        found = Meaning.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RuleError(f"{place}: soc.{key}: {first['input']!r}: {first['msg']}") from error
    for name in sorted(found.columns):
        if name not in schema.fields():
            raise RuleError(f"{place}: soc: {name!r} is no column: take one of the schema")
    return found


def _check_category(value: object, place: str) -> None:
    import re

    if not isinstance(value, str) or not re.match(_PATTERN, value):
        raise RuleError(f"{place}: soc.class: {value!r}: write class/sub-class, such as 其他/其他")
