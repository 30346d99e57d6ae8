"""What lasts of a page does not change by itself; what people change is seen."""

from __future__ import annotations

from base64 import b64encode

import pytest

from scanners._page import lasting, page_hash

PAGE = """<html><head><title>政务服务</title><meta name="csrf-token" content="{token}">
<script nonce="{token}">var at = {number};</script><!-- built {day} --></head>
<body data-session="{token}"><a href="/list?sid={token}">通知公告</a>
<form><input type="hidden" name="_csrf" value="{token}"><input name="q"></form>
<p>今天是{day} 星期三 {time}，您是第 {number} 位访客</p><p>版权所有 © 2015-{year}</p>
<img src="/a.png;jsessionid={token}"></body></html>"""
FIRST = {
    "token": "9f8e7d6c5b4a39281706",
    "number": "18,204",
    "day": "2026年3月18日",
    "time": "09:05:11",
}
LATER = {"token": "00aa11bb22cc33dd44ee", "number": "999", "day": "2026年11月2日", "time": "23:59"}


def printed(page: str | bytes) -> str:
    """As the script prints it."""
    return b64encode(page if isinstance(page, bytes) else page.encode()).decode()


def hashed(page: str) -> str | None:
    return page_hash(printed(page))


def test_dates_counters_tokens_and_nonces_are_no_change() -> None:
    first, later = PAGE.format(**FIRST, year=2026), PAGE.format(**LATER, year=2027)

    assert lasting(first) == lasting(later)
    assert hashed(first) == hashed(later)


@pytest.mark.parametrize(
    ("before", "after"),
    [("通知公告", "公告通知"), ("/a.png", "/b.png"), ("政务服务", "政务服务网"), ("<p>", "<h1>")],
)
def test_what_people_change_is_a_change(before: str, after: str) -> None:
    page = PAGE.format(**FIRST, year=2026)

    assert hashed(page) != hashed(page.replace(before, after))


def test_a_page_in_gb18030_is_read_and_one_cut_within_a_character_too() -> None:
    page = "<p>澜汀区企业服务平台</p>"

    assert page_hash(printed(page.encode("gb18030"))) == hashed(page)
    assert page_hash(printed(("<p>" + "汀" * 30_000).encode())) is not None


@pytest.mark.parametrize("output", [None, "", "no base64!", printed("<script>1</script>")])
def test_without_a_page_there_is_no_hash(output: str | None) -> None:
    assert page_hash(output) is None


@pytest.mark.parametrize(
    "part",
    ["<!--", "<script ", "a=", "1.", ";", "<meta ", "<input type=", "id='", "</script ", "data-a"],
)
def test_a_page_that_repeats_itself_is_read_in_bounded_steps(part: str) -> None:
    page = part * (65_536 // len(part))

    assert hashed(page) == hashed(page)
