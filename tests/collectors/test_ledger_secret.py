from __future__ import annotations

import pytest

from collectors._ledger_secret import is_marked, is_yes


@pytest.mark.parametrize(
    "text", ["涉密", "涉密信息系统", "电子政务内网", "接入政务内网", "机密★10年", "秘密", "涉 密"]
)
def test_a_mark_is_seen(text: str) -> None:
    assert is_marked(["区教育局", text])


@pytest.mark.parametrize(
    "text", ["非涉密", "不涉密", "不涉及国家秘密", "政务外网", "不处理涉密信息", "机密性高", ""]
)
def test_a_denial_is_no_mark(text: str) -> None:
    assert not is_marked([text])


@pytest.mark.parametrize(
    ("text", "answer"),
    [("是", True), ("秘密", True), ("√", True), ("否", False), ("非密", False), ("", False)],
)
def test_the_column_answers_yes_or_no(text: str, answer: bool) -> None:
    assert is_yes(text) is answer
