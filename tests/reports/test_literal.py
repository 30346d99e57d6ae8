from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports._literal import defanged, literal, printable


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("http://evil.example/x", "hxxp://evil[.]example/x"),
        ("HTTPS://EVIL.EXAMPLE", "HxxPS://EVIL[.]EXAMPLE"),
        ("后门http://evil.example", "后门hxxp://evil[.]example"),
        ("ftp://a.example", "ftp[:]//a[.]example"),
        ("来自例子.测试", "来自例子[.]测试"),
        ("a.b.example.com", "a[.]b[.]example[.]com"),
        ("http://192.0.2.1/x", "hxxp://192.0.2.1/x"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("版本 3.5", "版本 3.5"),
    ],
)
def test_no_viewer_makes_a_link_of_it(text: str, printed: str) -> None:
    assert defanged(text) == printed


def test_bidirectional_and_control_characters_are_gone() -> None:
    assert printable("a\u202eb\u0000c\u2066d\u200be\nf\ue000") == "abcde f"


def test_the_wide_space_of_documents_stays() -> None:
    assert printable("内部资料\u3000注意保存") == "内部资料\u3000注意保存"


@settings(max_examples=100)
@given(text=st.text(max_size=300))
def test_whatever_others_wrote_is_one_short_line_of_visible_characters(text: str) -> None:
    printed = literal(text)

    assert len(printed) <= 120
    assert not any(unicodedata.category(char).startswith("C") for char in printed)
    assert "\n" not in printed
