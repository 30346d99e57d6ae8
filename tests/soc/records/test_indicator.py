from __future__ import annotations

from soc.records.indicator import Indicator


def test_an_indicator_is_known_by_type_and_value() -> None:
    assert Indicator.key("lt", "domain", "a.example") == Indicator.key("lt", "domain", "a.example")
    assert Indicator.key("lt", "domain", "a.example") != Indicator.key("lt", "url", "a.example")
    assert Indicator.key("lt", "domain", "a.example").startswith("lt-indicator-")


def test_an_indicator_comes_back() -> None:
    assert "active" in Indicator.transitions["expired"]
    assert "active" in Indicator.transitions["revoked"]
