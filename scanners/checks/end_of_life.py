"""Products that their maker does not mend any more, by the version that their banner tells.

A banner proves little: distributions mend old versions under their old numbers. So it is
``unconfirmed``; ``likely`` only where nobody but the maker ships the product, or where the page
tells the same version as the banner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from scanners._grade import data
from scanners.checks import Check, Confidence, Finding, Observation, Rule

CHECK = Check("end_of_life", (Rule("end_of_life", "component"),))
VECTOR = "AP:N/TR:H/PR:L/IC:N/C:G/I:G/A:G"
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_DISTRIBUTION = re.compile(
    r"(?i)ubuntu|debian|[+~-]deb\d|\.el\d|centos|red ?hat|fedora|suse|amzn|alpine"
    r"|kylin|openeuler|anolis|uos"
)
_MARIADB = re.compile(r"(?i)(?:5\.5\.5-)?([\d.]+)-mariadb")


def evaluate(observation: Observation) -> Iterator[Finding]:
    """One finding where the version's cycle had ended on the day; nothing without a version."""
    product, version = _told(observation)
    found = _product(product, observation.cpe)
    parts = _parts(version)
    if found is None or not parts:
        return
    imported = observation.cycles.get(found.get("slug", ""), {})
    ended = end(parts, {**found["cycles"], **imported})
    if ended and ended[1] <= observation.now.date():
        yield Finding(
            rule="end_of_life",
            vector=VECTOR,
            confidence=_confidence(found, version, observation),
            values={
                "product": found["name"],
                "version": version,
                "date": ended[1].isoformat(),
            },
            evidence=f"{observation.product} {observation.version} {observation.extra or ''}"[
                :200
            ].strip(),
        )


def _told(observation: Observation) -> tuple[str, str]:
    """Product and version; MariaDB greets as a MySQL 5.5.5 for old clients."""
    product, version = (observation.product or "").lower(), observation.version or ""
    found = _MARIADB.search(version)
    if found:
        return "mariadb", found[1]
    return product, _highest(version)


def _highest(version: str) -> str:
    """Of a range the upper end; nothing where there is none ("9.6.0 or later")."""
    return "" if "or later" in version else version.rpartition(" - ")[2]


def _product(product: str, cpe: tuple[str, ...]) -> Mapping[str, Any] | None:
    names = {":".join(text.removeprefix("cpe:/a:").split(":")[:2]) for text in cpe}
    for entry in data("end_of_life")["product"]:
        is_named = any(f"{product} ".startswith(f"{name} ") for name in entry["products"])
        if is_named or (not product and names & set(entry["cpe"])):
            told: Mapping[str, Any] = entry
            return told
    return None


def _parts(version: str) -> tuple[int, ...]:
    """1.0.2k is 1.0.2: letters are patches of a cycle."""
    found = _NUMBERS.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def end(version: tuple[int, ...], cycles: Mapping[str, date]) -> tuple[str, date] | None:
    """The cycle of a version and its last day; for one older than all cycles, the oldest's.

    None where the version is of a cycle that is not in the table: it may be a newer one.
    """
    ordered = sorted((_parts(name), name) for name in cycles)
    fitting = [(parts, name) for parts, name in ordered if version[: len(parts)] == parts]
    if fitting:
        return fitting[-1][1], cycles[fitting[-1][1]]
    oldest, name = ordered[0]
    return (name, cycles[name]) if version < oldest else None


def _confidence(product: Mapping[str, Any], version: str, observation: Observation) -> Confidence:
    said = f"{observation.version} {observation.extra or ''}"
    if _DISTRIBUTION.search(said):
        return "unconfirmed"
    is_told_twice = bool(version) and version in (observation.title or "")
    return "likely" if not product["mended_elsewhere"] or is_told_twice else "unconfirmed"
