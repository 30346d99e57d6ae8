from __future__ import annotations

from soc.records.source import Source


def test_a_source_is_known_by_its_name() -> None:
    assert Source.key("lt", "edge1") == Source.key("lt", "edge1")
    assert Source.key("lt", "edge1") != Source.key("lt", "edge2")
    assert Source.key("lt", "edge1").startswith("lt-source-")
