from __future__ import annotations

from soc.records.zone import Zone


def test_a_zone_is_known_by_its_name() -> None:
    assert Zone.key("lt", "互联网区") == Zone.key("lt", "互联网区")
    assert Zone.key("lt", "互联网区") != Zone.key("lt", "专用网络区")
    assert Zone.key("lt", "互联网区").startswith("lt-zone-")
