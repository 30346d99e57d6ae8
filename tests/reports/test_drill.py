from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from pypdf import PdfReader

from reports import ReportParams
from reports._drill_timeline import most
from reports._model import Chart, Figures, Paragraph, Report, Table
from reports._register import Asked, found_again, listed
from reports._run import drill_period, run
from reports.drill import build
from reports.formats.pdf import render
from soc.errors import ConfigError, InputError
from soc.metrics import COUNTED, Number, spoken
from soc.metrics._drills_timeline import Moment
from soc.records.drill import Post
from soc.records.finding import Finding
from tests.soc.metrics._world import AS_OF, AUTHOR, World, alert, at, drill, drilled, entry

if TYPE_CHECKING:
    from soc.records.drill import Drill

ID = "lt-drill-1"


def held(world: World) -> Drill:
    return cast("Drill", world.records.get("drill", ID))


def report(world: World, origins: tuple[str, ...] = COUNTED) -> Report:
    return build(drill_period(held(world), AS_OF), AS_OF, world.context, origins, ID)


def blocks(found: Report) -> list[Any]:
    return [b for section in (*found.sections, found.closing) for b in section.blocks]


def table(found: Report, title: str) -> Table:
    return next(b for b in blocks(found) if isinstance(b, Table) and b.title == title)


def texts(found: Report) -> str:
    return "\n".join(b.text for b in blocks(found) if isinstance(b, Paragraph))


def test_the_parts_are_those_that_a_drill_report_has() -> None:
    found = report(drilled())

    titles = [section.title[2:] for section in (*found.sections, found.closing)]
    assert titles == [
        "概况",
        "组织",
        "时间线",
        "数据",
        "分单位情况",
        "待整改问题",
        "数据说明",
    ]
    assert "由滨海市委网信办组织，我方为防守方。" in texts(found)


def test_text_cards_tables_and_chart_agree() -> None:
    found = report(drilled())
    whole = {number.metric: number for number in found.numbers}
    said = [b for b in blocks(found) if isinstance(b, Paragraph)]
    cards = next(b for b in blocks(found) if isinstance(b, Figures))
    chart = next(b for b in blocks(found) if isinstance(b, Chart))
    rows = table(found, "各单位告警和处置情况").rows
    times = table(found, "用时情况").rows

    for paragraph in said:
        for number in paragraph.numbers:
            assert number == whole[number.metric]
            assert spoken(number, "zh") in paragraph.text
    assert all(figure.number == whole[figure.number.metric] for figure in cards.figures)
    for series in chart.series:
        assert sum(n.value or 0 for n in series.numbers) == whole[series.numbers[0].metric].value
    for column in (1, 2, 3, 4):
        numbers = [row[column] for row in rows if isinstance(row[column], Number)]
        total = sum(n.value or 0 for n in numbers if isinstance(n, Number))
        assert total == whole[numbers[0].metric].value  # type: ignore[union-attr]
    for row in times:
        for cell in row[2:]:
            assert isinstance(cell, Number)
            assert cell == whole[cell.metric]


def test_every_number_is_found_again_by_the_command_of_the_closing_table() -> None:
    world = drilled()
    found = report(world)

    for number in found.numbers:
        asked = Asked(number.metric, drill=ID, as_of=AS_OF.isoformat())
        assert found_again(asked, world.context, "zh")["value"] == number.value


@pytest.mark.parametrize(
    ("end", "printed"), [(at(24), "2026年3月18日"), (at(25), "2026年3月18日 – 2026年3月19日")]
)
def test_a_drill_that_ends_at_midnight_ends_on_the_day_before(end: datetime, printed: str) -> None:
    world = drilled()
    world.records.put(replace(held(world), end=end))

    assert report(world).subtitle == printed


def test_problems_are_those_noted_found_and_still_open() -> None:
    world = drilled()
    weak = Finding(
        id="lt-finding-1",
        state="open",
        at=at(12),
        author=AUTHOR,
        check="weak",
        title="远程管理端口暴露",
        first_seen=at(12),
        last_seen=at(12),
        drills=(ID,),
    )
    world.records.put(weak, replace(weak, id="lt-finding-2", drills=()))

    rows = table(report(world), "问题清单").rows

    assert [row[1] for row in rows[:3]] == ["值守记事", "检测发现", "未办结告警"]
    assert rows[0][2] == "教育局报名系统口令过弱"
    assert rows[1][2] == "远程管理端口暴露"
    assert str(rows[2][2]).startswith("后门回连")


def test_a_drill_without_anything_says_so() -> None:
    world = World()
    world.records.put(drill(1, end=None, targets=(), attack_sources=()))
    found = report(world)

    assert "没有可计算用时的告警" in texts(found)
    assert "攻击队备案地址：未登记。" in texts(found)
    assert "没有登记待整改问题" in texts(found)
    assert "演练尚未结束" in found.notices[0].text


def test_a_long_timeline_shows_what_people_did_first() -> None:
    alerts = [Moment(at(9), "detected", f"a{n}", "x", "low") for n in range(5)]
    gravest = Moment(at(10), "detected", "a9", "x", "critical")
    said = Moment(at(11), "logged", "e1", "y")

    assert most([*alerts, gravest, said], 3) == [alerts[0], gravest, said]


def test_hostile_text_is_printed_literally() -> None:
    world = drilled()
    world.records.put(entry(ID, 13, "<script>\u202ehttp://evil.example</script>"))

    rows = next(b for b in blocks(report(world)) if isinstance(b, Table) and not b.title).rows

    assert "<script>hxxp://evil[.]example</script>" in [row[2] for row in rows]


def test_a_great_drill_keeps_within_its_pages() -> None:
    world = drilled()
    known = held(world)
    posts = tuple(Post(name=f"岗位{n}", people=("周启明", "林若溪")) for n in range(8))
    world.records.put(replace(known, posts=posts))
    for number in range(200):
        made = alert(500 + number, drills=(ID,), title="口令暴力破解" * 4)
        world.records.put(made)
    for number in range(100):
        world.records.put(entry(ID, 9 + number / 20, "值守记录" * 8))

    pages = PdfReader(io.BytesIO(render(report(world)))).pages

    assert len(pages) <= 8


def made(world: World, out: Path, **given: Any) -> Any:
    params = ReportParams(**{"drill": ID, "out": out, "formats": ("html",), **given})
    return run("drill", params, world.context).value


def test_a_drill_report_has_editions_of_its_own_drill(tmp_path: Path) -> None:
    world = drilled()
    first = made(world, tmp_path)
    world.records.put(drill(2, no="YL-2026-002", name="蓝湾-2026"))
    other = made(world, tmp_path, drill="蓝湾-2026")
    world.records.put(entry(ID, 14, "补记"))
    world.now = AS_OF + timedelta(hours=1)
    second = made(world, tmp_path)

    assert [each["edition"] for each in (first, other, second)] == [1, 1, 2]
    assert Path(first["files"][0]["path"]).name == "lt-drill-YL-2026-001-v1.html"


def test_a_drill_of_simulated_data_counts_it_and_says_so(tmp_path: Path) -> None:
    world = drilled()
    world.records.put(replace(held(world), origin="simulated"))

    found = made(world, tmp_path)

    assert "模拟数据" in Path(found["files"][0]["path"]).read_text(encoding="utf-8")


def test_a_drill_report_is_outdated_when_a_number_is_another_one(tmp_path: Path) -> None:
    world = drilled()
    made(world, tmp_path)

    assert [each["state"] for each in listed(world.context)] == ["current"]
    world.records.put(alert(70, drills=(ID,)))
    assert [each["state"] for each in listed(world.context)] == ["outdated"]


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("drill", {"drill": None}, "name it with --drill"),
        ("drill", {"drill": "红湾"}, "no such drill"),
        ("daily", {"drill": ID}, "leave --drill out"),
    ],
)
def test_the_drill_is_named_for_reports_on_drills_only(
    tmp_path: Path, name: str, given: dict[str, Any], why: str
) -> None:
    params = ReportParams(**{"out": tmp_path, "formats": ("html",), **given})

    with pytest.raises((ConfigError, InputError), match=why):
        run(name, params, drilled().context)
