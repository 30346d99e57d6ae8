"""Web servers that show the page they were installed with, or a listing of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners._grade import data
from scanners.checks import Check, Finding, Observation, Rule

CHECK = Check(
    "default_page",
    (
        Rule("default_page", "configuration"),
        Rule("default_page.listing", "configuration"),
        Rule("default_page.debug", "configuration"),
    ),
)
_VECTORS = {
    "default_page": "AP:N/TR:L/PR:N/IC:N/C:N/I:N/A:N",
    "default_page.listing": "AP:N/TR:L/PR:N/IC:N/C:G/I:N/A:N",
    "default_page.debug": "AP:N/TR:H/PR:L/IC:N/C:S/I:N/A:N",
}


def evaluate(observation: Observation) -> Iterator[Finding]:
    """One finding by the title that the server sent."""
    title = (observation.title or "").strip()
    for page in data("default_pages")["page"] if title else ():
        if re.search(page["title"], title, re.IGNORECASE):
            rule = page.get("rule", "default_page")
            yield Finding(
                rule=rule,
                vector=_VECTORS[rule],
                confidence="verified",
                values={"page": page["name"]},
                evidence=title[:200],
            )
            return
