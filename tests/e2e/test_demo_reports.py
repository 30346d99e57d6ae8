"""The daily and the drill PDF of the demo: text, tables, charts and commands tell one number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from cli import jobs
from playbooks.simulate import day
from reports import ReportParams
from reports._model import Chart, Figures, Paragraph, Report, Table
from reports._run import drafted
from soc import plugins
from soc._open import open_context
from soc.config import read
from soc.metrics import Number, shown, spoken
from soc.query import Period
from tests.e2e.conftest import Demo
from tests.e2e.console import soc

Demos = tuple[Demo, Demo]
STEPS = {"daily": "report", "drill": "drill"}  # report -> step of the demo
AT = datetime(2026, 3, 18, tzinfo=UTC)
pytestmark = [
    pytest.mark.parametrize("name", ["daily", "drill"]),
    pytest.mark.timeout(1_200),  # whichever test asks first makes the days
]


def made(demos: Demos, name: str) -> Any:
    return demos[1].value["steps"][STEPS[name]]


def printed(demos: Demos, name: str) -> str:
    """The text of the PDF."""
    files = made(demos, name)["files"]
    path = next(Path(file["path"]) for file in files if file["format"] == "pdf")
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def flat(text: str) -> str:
    return "".join(text.split())


def command(text: str) -> list[str]:
    """The options of the command that the closing table names."""
    found = re.search(r"核查命令：\s*soc report number 编号 (.*?--as-of\s+\S+)", text, re.DOTALL)
    assert found
    return found.group(1).split()


def rebuilt(demos: Demos, name: str) -> Report:
    """The report as its data stood then, built again from the store."""
    config = demos[1].folder / "soc.toml"
    options = command(printed(demos, name))
    as_of = datetime.fromisoformat(options[options.index("--as-of") + 1])
    drill = options[options.index("--drill") + 1] if "--drill" in options else None
    on: date | None = day.DATE if drill is None else None
    params = ReportParams(date=on, drill=drill, origins=("simulated",))
    builder = plugins.load("reports", name)
    with open_context(read(config, {}), jobs()) as context:
        return drafted(name, builder, params, as_of, context)[0]


def blocks(report: Report) -> Iterator[Any]:
    for section in (*report.sections, report.closing):
        yield from section.blocks


def test_the_command_of_the_closing_table_finds_every_number_again(demos: Demos, name: str) -> None:
    text = printed(demos, name)
    options = command(text)
    config = demos[1].folder / "soc.toml"
    numbers = made(demos, name)["numbers"]

    again = {
        id: soc("report", "number", id, *options, "--json", config=config).value["value"]
        for id in numbers
    }

    assert len(numbers) >= 13
    assert again == numbers
    rows = (
        f"{id}{shown(Number(id, value, None, Period(AT, AT), {}), 'zh')}"
        for id, value in numbers.items()
    )
    assert [row for row in rows if flat(row) not in flat(text)] == []


def test_every_sentence_of_the_report_stands_on_the_page_with_its_numbers(
    demos: Demos, name: str
) -> None:
    text, report = flat(printed(demos, name)), rebuilt(demos, name)
    whole = {number.metric: number for number in report.numbers}
    said = [block for block in blocks(report) if isinstance(block, Paragraph)]

    quoted = [(number, block.text) for block in said for number in block.numbers]
    assert quoted
    for number, sentence in quoted:
        assert spoken(number, "zh") in sentence
        assert number.member is not None or number == whole[number.metric]
    pieces = [
        piece for block in said for piece in re.split("[，；。：]", flat(block.text)) if piece
    ]
    assert [piece for piece in pieces if piece not in text] == []


def test_every_card_and_cell_stands_on_the_page_and_says_what_the_closing_table_says(
    demos: Demos, name: str
) -> None:
    text, report = flat(printed(demos, name)), rebuilt(demos, name)
    whole = {number.metric: number for number in report.numbers}
    cells = [cell for b in blocks(report) if isinstance(b, Table) for row in b.rows for cell in row]
    cards = [f.number for b in blocks(report) if isinstance(b, Figures) for f in b.figures]
    numbers = [cell for cell in cells if isinstance(cell, Number)]

    assert cards
    assert [n for n in (*cards, *numbers) if n.member is None and n != whole[n.metric]] == []
    told = [spoken(each, "zh") for each in cards]
    told += [shown(cell, "zh") if isinstance(cell, Number) else cell for cell in cells]
    assert [each for each in told if flat(each) not in text] == []


def test_the_parts_of_every_chart_add_up_to_the_number_of_the_closing_table(
    demos: Demos, name: str
) -> None:
    report = rebuilt(demos, name)
    whole = {number.metric: number.value for number in report.numbers}
    charts = [block for block in blocks(report) if isinstance(block, Chart)]

    assert charts
    for chart in charts:
        assert flat(chart.title) in flat(printed(demos, name))
        for series in chart.series:
            metric = series.numbers[0].metric
            assert sum(number.value or 0 for number in series.numbers) == whole[metric]
