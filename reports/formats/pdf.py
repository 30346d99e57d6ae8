"""PDF set by WeasyPrint from the very page that ``reports.formats.html`` makes.

Fonts are embedded, nothing outside our own assets is fetched, structure is tagged (PDF/UA-1),
and the same report gives the same bytes.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports._fonts import missing
from reports._model import Report
from reports.formats.html import page

SUFFIX = ".pdf"

log = logging.getLogger(__name__)

_ROOT = Path(str(files("reports"))).resolve()
_ASSETS = (_ROOT / "templates", _ROOT / "fonts")
_BASE = (_ROOT / "templates").as_uri() + "/"


class OnlyAssets(URLFetcher):  # type: ignore[misc]  # weasyprint is untyped
    """Serves the files of our templates and fonts; text of others cannot make us fetch."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The asset.

        Raises:
            ValueError: any other address; WeasyPrint leaves the reference out.
        """
        path = Path(url2pathname(urlsplit(url).path)).resolve()
        if not url.startswith("file:///") or not any(path.is_relative_to(each) for each in _ASSETS):
            raise ValueError(f"blocked {url}")
        return super().fetch(url, headers)


def render(report: Report) -> bytes:
    """The document; characters that no embedded font has are named in the log."""
    html = page(report)
    lacking = missing(html)
    if lacking:
        log.warning("characters without an embedded font", extra={"soc.missing": "".join(lacking)})
    fonts, fetcher = FontConfiguration(), OnlyAssets()
    sheet = CSS(url=_BASE + "fonts.css", url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=html, base_url=_BASE, url_fetcher=fetcher)
    written: bytes = document.write_pdf(
        font_config=fonts,
        stylesheets=[sheet],
        pdf_variant="pdf/ua-1",
        pdf_identifier=sha256(html.encode()).hexdigest()[:32].encode(),
    )
    return written
