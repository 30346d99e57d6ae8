"""Since when the pages of a system have stayed as they are, as far as scans have looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detections._zombies_ledger import Registered
    from detections._zombies_scans import Page, Scans
    from soc.context import Context

LONGEST_GAP = timedelta(days=60)  # between two looks; in a longer one a page may change and back


def unchanged_since(one: Registered, scans: Scans, today: date, context: Context) -> date | None:
    """The day since which every page of the system is the same; None where that is not known.

    Of each port the looks count back to the first that shows the page as it is now, or to a
    gap in which nobody looked. A page that was not read within the gap is not known any more.
    """
    found = [_since(pages) for pages in _by_port(one, scans)]
    now = context.clock.now()
    if not found or any(now - latest > LONGEST_GAP for _, latest in found):
        return None
    since = max(first for first, _ in found)
    return min(today, context.calendar.date_of(since))


def _by_port(one: Registered, scans: Scans) -> Iterable[list[Page]]:
    """The looks at each port of the system that showed a page, oldest first."""
    ports: defaultdict[tuple[str, int], dict[Page, None]] = defaultdict(dict)
    for place in one.places:
        for page in scans.pages.get(place.ip, ()):
            if page.text and place.port in (None, page.port):
                ports[place.ip, page.port][page] = None
    return [list(looks) for looks in ports.values()]


def _since(looks: Sequence[Page]) -> tuple[datetime, datetime]:
    """First and last look of the run of looks that show the page as it is now."""
    first = last = looks[-1]
    for look in reversed(looks[:-1]):
        if look.text != last.text or first.at - look.at > LONGEST_GAP:
            break
        first = look
    return first.at, last.at
