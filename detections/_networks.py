"""Networks in settings: written strictly, held in canonical form."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from soc.errors import InputError
from soc.net import network


def _canonical(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(network(text)) for text in value)
    except InputError as error:
        raise ValueError(str(error)) from error


Networks = Annotated[tuple[str, ...], AfterValidator(_canonical)]
