"""HTML: one self-contained file, the very document that the PDF is set from."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from reports._charts import svg
from reports._dates import written
from reports._literal import printable
from reports._model import Report
from soc.metrics import Number, shown, spoken
from soc.text import text

if TYPE_CHECKING:
    from datetime import datetime

    from reports._model import Cell, Chart

SUFFIX = ".html"


def render(report: Report) -> bytes:
    """The document in UTF-8; it refers to nothing outside itself."""
    return page(report).encode()


def page(report: Report) -> str:
    """The document as text."""
    css = files("reports").joinpath("templates", "report.css").read_text(encoding="utf-8")

    def at(moment: datetime) -> str:
        return written(moment, "moment", report.time_zone, report.language)

    def cell(value: Cell) -> str:
        return shown(value, report.language) if isinstance(value, Number) else value

    def draw(chart: Chart) -> Markup:
        return Markup(svg(chart, report.language))  # noqa: S704 - made by us, texts escaped

    return _template().render(
        report=report,
        css=Markup(css),  # noqa: S704 - our own file
        t=lambda key, **values: text(f"report.{key}", report.language, **values),
        at=at,
        created=report.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        cell=cell,
        draw=draw,
        spoken=lambda number: spoken(number, report.language),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.get_template("report.html.j2")


def _clean(value: object) -> object:
    """No control or bidirectional character reaches the page, whoever wrote the text."""
    return printable(value) if type(value) is str else value
