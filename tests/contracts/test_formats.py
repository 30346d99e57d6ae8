"""What every output format promises; each file under ``reports/formats`` is walked."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

import reports.formats
from reports._model import Report
from reports.daily import build
from soc import plugins
from tests.soc.metrics._world import AS_OF, PERIOD, World, busy

if TYPE_CHECKING:
    from reports.formats import Format
    from soc.context import Context

FAMILY = "reports.formats"
NAMES = plugins.names(FAMILY)


@cache
def report(day: str) -> Report:
    return build(PERIOD, AS_OF, (busy() if day == "busy" else World()).context)


def rendered(name: str, day: str) -> bytes:
    return cast("Format", plugins.load(FAMILY, name)).render(report(day))


@pytest.mark.parametrize("name", NAMES)
def test_a_format_says_what_it_is(name: str) -> None:
    module = plugins.load(FAMILY, name)

    assert inspect.getdoc(module)
    assert module.SUFFIX.startswith(".")
    assert inspect.getdoc(module.render)
    assert list(inspect.signature(module.render).parameters) == ["report"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("day", ["empty", "busy"])
def test_the_same_report_gives_the_same_bytes(name: str, day: str) -> None:
    first = rendered(name, day)

    assert first
    assert rendered(name, day) == first


@pytest.mark.parametrize("name", NAMES)
def test_another_edition_gives_other_bytes(name: str) -> None:
    module = cast("Format", plugins.load(FAMILY, name))

    assert module.render(report("empty").issued(AS_OF, 2)) != rendered(name, "empty")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as files of the family."""
    places = reports.formats.__path__
    places.append(str(tmp_path))
    yield tmp_path
    places.remove(str(tmp_path))
    monkeypatch.delitem(sys.modules, f"{FAMILY}.copied", raising=False)


def test_a_new_file_is_a_new_format_without_any_other_edit(
    folder: Path, tmp_path: Path, context: Context
) -> None:
    source = inspect.getsource(plugins.load(FAMILY, "html")).replace('".html"', '".xhtml"')
    (folder / "copied.py").write_text(source, encoding="utf-8")

    params = {"formats": ["copied"], "out": tmp_path / "out"}
    made = context.jobs.run("report daily", params, context).value

    assert "copied" in plugins.names(FAMILY)
    assert Path(made["files"][0]["path"]).suffix == ".xhtml"
