from __future__ import annotations

import pytest

from scanners._grade import grade
from scanners.checks.default_page import evaluate
from tests.scanners.checks.spots import spot


@pytest.mark.parametrize(
    ("title", "rule", "page"),
    [
        ("Welcome to nginx!", "default_page", "nginx"),
        ("Apache2 Ubuntu Default Page: It works", "default_page", "Apache httpd"),
        ("IIS Windows Server", "default_page", "Microsoft IIS"),
        ("Apache Tomcat/8.5.32", "default_page", "Apache Tomcat"),
        ("没有找到站点", "default_page", "宝塔面板"),
        ("Index of /", "default_page.listing", "目录浏览"),
        ("phpinfo()", "default_page.debug", "phpinfo()"),
        ("Druid Stat Index", "default_page.debug", "Druid"),
    ],
)
def test_pages_as_installed_are_known_by_their_title(title: str, rule: str, page: str) -> None:
    (found,) = evaluate(spot(title=title))

    assert (found.rule, found.values, found.confidence) == (rule, {"page": page}, "verified")


@pytest.mark.parametrize(
    "title", ["澜汀区企业服务平台", "nginx 部署指南", "Tomcat 培训", "登录", "", None]
)
def test_a_page_of_somebody_is_none(title: str | None) -> None:
    assert list(evaluate(spot(title=title))) == []


def test_a_default_page_is_low_and_a_debugging_page_medium() -> None:
    grades = [
        grade(found.vector)
        for title in ("Welcome to nginx!", "phpinfo()")
        for found in evaluate(spot(title=title))
    ]

    assert grades == ["low", "medium"]
