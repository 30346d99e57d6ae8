from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reports._model import Block, Chart, Figures, Paragraph, Report, Table, Verdict
from reports.daily import build
from soc.metrics import Number, shown, spoken
from tests.soc.metrics._world import AS_OF, PERIOD, World, alert, at, block, busy, source


def blocks(report: Report) -> Iterator[Block]:
    for section in (*report.sections, report.closing):
        yield from section.blocks


def texts(report: Report) -> str:
    paragraphs = (b.text for b in blocks(report) if isinstance(b, Paragraph | Verdict))
    return "\n".join((*(notice.text for notice in report.notices), *paragraphs))


def tables(report: Report) -> dict[str, Table]:
    return {each.title: each for each in blocks(report) if isinstance(each, Table)}


def daily(world: World) -> Report:
    return build(PERIOD, AS_OF, world.context)


def test_the_same_input_gives_the_same_report() -> None:
    assert daily(busy()) == daily(busy())


def test_a_day_without_anything_is_a_valid_report_that_says_so() -> None:
    report = daily(World())

    assert "未收到任何数据源的数据" in texts(report)
    assert "不能据此认为没有发生攻击" in texts(report)
    assert "（1）当日没有数据源送达数据" in texts(report)
    assert "当日未开展扫描" in texts(report)


def test_a_quiet_day_says_that_nothing_was_seen() -> None:
    world = World()
    world.live("waf-1", range(24))
    report = daily(world)

    assert "当日未监测到网络攻击。" in texts(report)
    assert "各数据源全天采集正常" in texts(report)
    assert "需关注事项：无。" in texts(report)
    assert next(b.grade for b in blocks(report) if isinstance(b, Verdict)) == "excellent"


def test_every_number_of_a_sentence_is_one_that_was_counted() -> None:
    report = daily(busy())

    for block_ in blocks(report):
        if isinstance(block_, Paragraph):
            for number in block_.numbers:
                assert spoken(number, "zh") in block_.text


def test_text_cards_tables_and_chart_agree() -> None:
    report = daily(busy())
    whole = {number.metric: number for number in report.numbers}
    cards = next(b for b in blocks(report) if isinstance(b, Figures))
    chart = next(b for b in blocks(report) if isinstance(b, Chart))

    assert all(figure.number == whole[figure.number.metric] for figure in cards.figures)
    for series in chart.series:
        metric = series.numbers[0].metric
        assert sum(number.value or 0 for number in series.numbers) == whole[metric].value
    levels = tables(report)["告警分级情况"].rows
    for column in (1, 2, 3):
        cells = [row[column] for row in levels]
        numbers = [cell for cell in cells if isinstance(cell, Number)]
        assert sum(n.value or 0 for n in numbers) == whole[numbers[0].metric].value


def test_every_printed_number_stands_in_the_closing_table() -> None:
    report = daily(busy())
    explained = {row[1] for row in report.closing.blocks[-1].rows}  # type: ignore[union-attr]
    printed = {n.metric for b in blocks(report) if isinstance(b, Paragraph) for n in b.numbers}

    assert printed <= explained
    assert explained == {number.metric for number in report.numbers}


def test_a_gap_is_a_sentence() -> None:
    assert "数据源“edge-flow”3月18日2时00分至5时00分采集中断。" in texts(daily(busy()))


def test_a_source_that_was_silent_all_day_is_named_so() -> None:
    world = World()
    world.records.put(source("waf-1"))
    world.live("edge", range(24))

    assert "数据源“waf-1”全天未送达数据。" in texts(daily(world))


def test_a_job_that_did_not_run_is_told_beside_the_gaps() -> None:
    world = World()
    world.live("waf-1", range(24))
    said = "计划任务 rollup 应在 03-18 05:40 运行而没有运行，已于 03-18 09:00 恢复运行。"
    world.records.put(alert(1, rule="analytic.overdue", entity="rollup", explanation=said))
    world.records.put(alert(2, rule="r1", entity="x", explanation="另一件事。"))

    section = next(each for each in daily(world).sections if said in str(each.blocks))

    assert "采集" in section.title
    assert "另一件事" not in str(section.blocks)


def test_what_needs_a_decision_is_listed_most_urgent_first() -> None:
    said = texts(daily(busy()))
    found = re.findall(r"（\d）[^\n]*", said)

    assert [line[:3] for line in found] == ["（1）", "（2）", "（3）", "（4）", "（5）"]
    assert "疑似得逞" in found[0]


def test_an_unfinished_day_says_so() -> None:
    report = build(PERIOD, at(12), busy().context)

    assert "统计日尚未结束" in texts(report)


def test_a_demonstration_says_on_page_one_that_it_is_none() -> None:
    report = build(PERIOD, AS_OF, World().context, ("simulated",))

    assert "仅用于演示" in report.notices[0].text


def test_hostile_text_is_printed_literally_and_harmless() -> None:
    world = World()
    title = "<script>\u202ehttp://evil.example/{{7*7}}</script>"
    world.records.put(alert(1, title=title))

    row = tables(daily(world))["重点告警"].rows[0]

    assert row[0] == "<script>hxxp://evil[.]example/{{7*7}}</script>"


def test_the_alert_of_a_likely_success_comes_first() -> None:
    rows = tables(daily(busy()))["重点告警"].rows

    assert len(rows) == 10
    assert str(rows[0][0]).startswith("后门回连")


def test_a_source_that_is_kept_out_says_so() -> None:
    world = World()
    world.live("waf-1", range(24))
    world.blocked(10, "203.0.113.1")
    world.blocked(10, "203.0.113.2")
    proposed = block(1)
    world.records.put(proposed, replace(proposed, state="exported", at=at(12)))

    rows = tables(daily(world))["攻击来源地址（前10位）"].rows

    assert [row[4] for row in rows] == ["已下发", "未封堵"]


def test_the_language_is_that_of_the_site() -> None:
    world = busy()
    world.language = "en"
    report = daily(world)

    assert report.title == "Daily Network Security Report"
    assert "from 02:00 to 05:00" in texts(report)
    assert shown(report.numbers[0], report.language)
