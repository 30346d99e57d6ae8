"""Page 1 of the daily: the grade, the cards, the points, what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports._build import share
from reports._compare import card, with_comparison
from reports._dates import written
from reports._model import Figures, Paragraph, Section, Verdict
from reports._standing import FULL_COVERAGE, Facts, grade
from soc.metrics import Number, number
from soc.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports._build import Writer
    from reports._model import Block
    from soc.metrics import Question

_APART = 0.1  # days whose coverage differs by more are compared with care
_COMPARED = ("attacks_blocked", "attack_sources", "alerts_opened", "data_coverage")
_CARDS = (  # the last two but one tell what is, not what happened: not compared
    "attacks_blocked",
    "attack_sources",
    "alerts_opened",
    "alerts_open",
    "blocks_in_force",
    "data_coverage",
)
_RED = ("alerts_urgent", "alerts_severe", "blocks_waiting", "sources_silent")
_RED_WORDS = ("urgent", "severe", "waiting", "silent")


def summary(writer: Writer, before: Question) -> Section:
    """The conclusion: good or bad, compared with the day before, and what needs a decision."""
    past = {metric_id: number(metric_id, before) for metric_id in _COMPARED}
    blocks: tuple[Block, ...] = (
        _verdict(writer),
        _cards(writer, past),
        *_points(writer, past),
        *_caution(writer, past["data_coverage"]),
        *_red(writer),
    )
    return Section(writer.words("s1"), blocks)


def _verdict(writer: Writer) -> Verdict:
    found = grade(_facts(writer))
    site = writer.asked.context.config.site
    day = written(writer.asked.period.start, "date", site.time_zone, writer.language)
    if found == "unknown":
        said = writer.words("verdict_empty", day=day)
    else:
        said = writer.words(
            "verdict",
            day=day,
            blocked=writer.number("attacks_blocked"),
            sources=writer.number("attack_sources"),
            opened=writer.number("alerts_opened"),
            open=writer.number("alerts_open"),
            in_force=writer.number("blocks_in_force"),
            coverage=writer.number("data_coverage"),
        )
    label = text(f"report.grade.{found}", writer.language)
    return Verdict(found, label, said, writer.words("rule"))


def _facts(writer: Writer) -> Facts:
    return Facts(
        coverage=writer.number("data_coverage").value,
        urgent=writer.number("alerts_urgent").value or 0,
        severe=writer.number("alerts_severe").value or 0,
        open=writer.number("alerts_open").value or 0,
    )


def _cards(writer: Writer, past: dict[str, Number]) -> Figures:
    note = writer.words("as_of_note")
    cards = (
        card(writer.number(metric_id), past.get(metric_id), note, writer.language)
        for metric_id in _CARDS
    )
    return Figures(tuple(cards))


def _points(writer: Writer, past: dict[str, Number]) -> Iterator[Paragraph]:
    ask = writer.number
    yield _attacked(writer, past["attacks_blocked"])
    yield writer.say(
        "p_alerts",
        "point",
        opened=ask("alerts_opened"),
        closed=ask("alerts_closed"),
        open=ask("alerts_open"),
        severe=ask("alerts_severe"),
    )
    yield writer.say(
        "p_blocks",
        "point",
        proposed=ask("blocks_proposed"),
        approved=ask("blocks_approved"),
        in_force=ask("blocks_in_force"),
    )
    yield _scanned(writer)
    yield _flowed(writer)


def _attacked(writer: Writer, before: Number) -> Paragraph:
    blocked, passed = writer.number("attacks_blocked"), writer.number("attacks_passed")
    if blocked.value is None and passed.value is None:
        return writer.say("p_attacks_none", "point")
    compared = with_comparison(blocked, before, writer.language)
    said = writer.words("p_attacks", blocked=compared, passed=passed)
    return Paragraph(said, (blocked, passed), "point")


def _flowed(writer: Writer) -> Paragraph:
    flows = writer.number("flows_seen")
    traffic, ipv6 = writer.number("traffic_bytes"), writer.number("ipv6_share")
    if flows.value is None:
        return writer.say("p_flows_none", "point")
    return writer.say("p_flows", "point", flows=flows, traffic=traffic, ipv6=ipv6)


def _scanned(writer: Writer) -> Paragraph:
    covered, unknown = writer.number("scan_covered"), writer.number("scan_unknown")
    up = writer.number("hosts_up")
    if not covered.value and not unknown.value:
        return writer.say("p_scan_none", "point")
    if not unknown.value:
        return writer.say("p_scan_full", "point", covered=covered, up=up)
    return writer.say("p_scan", "point", covered=covered, up=up, unknown=unknown)


def _caution(writer: Writer, before: Number) -> Iterator[Paragraph]:
    now = writer.number("data_coverage").value
    if now is None or not before.value or abs(now - before.value) <= _APART:
        return
    yield writer.say("uncovered", "remark", before=share(before.value))


def _red(writer: Writer) -> Iterator[Paragraph]:
    """What needs somebody, most urgent first."""
    items = [
        (word, writer.number(metric_id))
        for word, metric_id in zip(_RED_WORDS, _RED, strict=True)
        if writer.number(metric_id).value
    ]
    coverage, unknown = writer.number("data_coverage"), writer.number("scan_unknown")
    if not coverage.value:
        items.append(("dark", coverage))
    elif coverage.value < FULL_COVERAGE:
        items.append(("coverage", coverage))
    if unknown.value:
        items.append(("unknown", unknown))
    if not items:
        yield writer.say("red_none", "lead")
        return
    yield writer.say("red", "lead")
    for place, (word, found) in enumerate(items, start=1):
        yield writer.say(f"red_{word}", "point", n=place, count=found)
