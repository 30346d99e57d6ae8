from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from detections._networks import Networks
from soc.config import Settings


class Places(Settings):
    """A table with networks."""

    here: Networks = Field(default=())


def test_networks_are_held_in_canonical_form_in_their_order() -> None:
    held = Places(here=("2001:DB8::/32", "198.51.100.7"))

    assert held.here == ("2001:db8::/32", "198.51.100.7")
    assert Places().here == ()


def test_what_is_no_network_is_refused_with_its_text() -> None:
    with pytest.raises(ValidationError, match=r"198\.51\.100"):
        Places(here=("192.0.2.0/24", "198.51.100"))
