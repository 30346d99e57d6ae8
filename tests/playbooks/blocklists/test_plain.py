"""The plain list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from playbooks.blocklists import Entry, plain
from soc.errors import InputError
from soc.net import network

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def test_a_line_is_one_canonical_address_or_prefix() -> None:
    entries = [Entry(network(text)) for text in ("2001:DB8::/48", "203.0.113.9", "192.0.2.0/25")]

    assert plain.render(entries, NOW, 7) == "192.0.2.0/25\n203.0.113.9\n2001:db8::/48\n"


@pytest.mark.parametrize(
    "text", ["203.0.113.9", "203.0.113.9\n\n", "2001:DB8::1\n", "203.0.113.9/32\n", "# x\n"]
)
def test_a_line_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        plain.parse(text)
