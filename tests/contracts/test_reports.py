"""What every report promises; each file under ``reports`` is walked."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import pytest

import reports
from reports import Span, _model
from reports._content import fingerprint
from reports._run import drill_period, period_of
from reports.formats.html import page
from soc import plugins
from soc._runner import JobRunner
from soc.metrics import COUNTED
from soc.text import LANGUAGES
from tests.soc.metrics._world import AS_OF, CALENDAR, DAY, World, drill, drilled

if TYPE_CHECKING:
    from reports import Builder, DrillBuilder
    from soc.context import Context

NAMES = plugins.names("reports")


def built(name: str, world: World) -> _model.Report:
    builder = plugins.load("reports", name)
    if builder.SPAN == "drill":
        found = drill(1)
        if world.records.get("drill", found.id) is None:
            world.records.put(found)
        build = cast("DrillBuilder", builder).build
        return build(drill_period(found, AS_OF), AS_OF, world.context, COUNTED, found.id)
    period = period_of(builder.SPAN, DAY, CALENDAR)
    return cast("Builder", builder).build(period, AS_OF, world.context, COUNTED)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_says_what_it_is(name: str) -> None:
    module = plugins.load("reports", name)

    assert inspect.getdoc(module)
    assert module.SPAN in get_args(Span)
    assert inspect.getdoc(module.build)
    assert f"report {name}" in [job.name for job in reports.JOBS]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", ["empty", "busy"])
def test_the_same_input_gives_the_same_report(name: str, language: str, day: str) -> None:
    world = drilled() if day == "busy" else World()
    world.language = language

    report = built(name, world)

    assert report == built(name, world)
    assert report.name == name
    assert report.language == language
    assert len(fingerprint(report)) == 64
    assert page(report)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_explains_every_number_that_it_prints(name: str) -> None:
    report = built(name, drilled())
    blocks = [block for section in report.sections for block in section.blocks]
    printed = {n.metric for b in blocks if isinstance(b, _model.Paragraph) for n in b.numbers}
    printed |= {f.number.metric for b in blocks if isinstance(b, _model.Figures) for f in b.figures}
    printed |= {
        n.metric for b in blocks if isinstance(b, _model.Chart) for s in b.series for n in s.numbers
    }

    assert printed
    assert printed <= {number.metric for number in report.numbers}
    said = page(report)
    assert all(metric in said for metric in printed)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as files of the family."""
    places = reports.__path__
    places.append(str(tmp_path))
    yield tmp_path
    places.remove(str(tmp_path))
    monkeypatch.delitem(sys.modules, "reports.copied", raising=False)
    importlib.reload(importlib.import_module("reports._commands.report"))


def test_a_new_file_is_a_new_report_without_any_other_edit(
    folder: Path, tmp_path: Path, context: Context
) -> None:
    source = inspect.getsource(plugins.load("reports", "daily"))
    (folder / "copied.py").write_text(
        source.replace('name="daily"', 'name="copied"'), encoding="utf-8"
    )

    runner = JobRunner(reports.jobs())
    out = tmp_path / "out"
    made = runner.run("report copied", {"out": out, "formats": ["html"]}, context).value
    commands = importlib.reload(importlib.import_module("reports._commands.report"))

    assert Path(made["files"][0]["path"]).is_file()
    assert "copied" in [each.name for each in commands.app.registered_commands]
