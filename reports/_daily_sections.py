"""Parts 3 to 6 of the daily: alerts, blocks, scans, collection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reports._daily_attacks import TOP, unit_name
from reports._dates import span, written
from reports._literal import literal
from reports._model import Column, Section, Table
from soc.metrics._sources import by_observer, covered
from soc.metrics.alerts import LEVELS, opened, still_open
from soc.metrics.blocks import blocks as all_blocks
from soc.metrics.scans import answers
from soc.text import label, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reports._build import Writer
    from reports._model import Block as Part
    from reports._model import Cell, Paragraph
    from soc.query import Period
    from soc.records.alert import Alert
    from soc.records.block import Block

_KINDS = ("alerts_opened", "alerts_open", "alerts_closed")
_SUCCESS = ("compromised", "succeeded")
_GAPS = 8  # sentences; the rest is a number
_OVERDUE = "analytic.overdue"  # rule of alerts on jobs


def alerts(writer: Writer) -> Section:
    """Alerts by level and those that matter most."""
    title, numbers = writer.words("s3"), {each: writer.number(each) for each in _KINDS}
    if not any(each.value for each in numbers.values()):
        return Section(title, (writer.say("alerts_none"),))
    said = writer.say(
        "alerts",
        matches=writer.number("matches"),
        opened=numbers["alerts_opened"],
        closed=numbers["alerts_closed"],
        open=numbers["alerts_open"],
    )
    return Section(title, (said, _levels(writer), _alert_list(writer)))


def _levels(writer: Writer) -> Table:
    found = [writer.members(metric_id, "level") for metric_id in _KINDS]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            text(f"report.level.{level}", writer.language),
            *(numbers[level] for numbers in found),
        )
        for level in LEVELS
    )
    columns = (
        Column(writer.words("level"), "center", 25),
        *(Column(writer.words(key), "right", 25) for key in ("opened", "open", "closed")),
    )
    return Table(writer.words("levels"), columns, rows)


def _alert_list(writer: Writer) -> Table:
    listed = {each.id: each for each in (*opened(writer.asked), *still_open(writer.asked))}
    ranked = sorted(listed.values(), key=_weight)
    columns = (
        Column(writer.words("alert"), width=29),
        Column(writer.words("level"), "center", 8),
        Column(writer.words("attacker"), width=17),
        Column(writer.words("victim"), width=19),
        Column(writer.words("hits"), "right", 8),
        Column(writer.words("result"), "center", 9),
        Column(writer.words("state"), "center", 10),
    )
    rows = tuple(_alert_row(writer, alert) for alert in ranked[:TOP])
    note = writer.words("list_note", count=len(ranked)) if len(ranked) > TOP else ""
    return Table(writer.words("list"), columns, rows, note=note)


def _weight(alert: Alert) -> tuple[bool, int, int, str]:
    return (
        alert.result not in _SUCCESS,
        LEVELS.index(alert.severity),
        -alert.count,
        alert.id,
    )


def _alert_row(writer: Writer, alert: Alert) -> tuple[Cell, ...]:
    victims = [
        unit_name(writer, victim.unit) if victim.unit else literal(victim.endpoint)
        for victim in alert.victims
    ]
    return (
        literal(alert.title, 60),
        text(f"report.level.{alert.severity}", writer.language),
        few(writer, [literal(each.address) for each in alert.attackers]),
        few(writer, victims),
        str(alert.count),
        label(f"report.result.{alert.result}", writer.language),
        label(f"report.alert_state.{alert.state}", writer.language),
    )


def few(writer: Writer, names: Iterable[str], most: int = 2) -> str:
    """The first names and how many there are; a dash for none."""
    found = list(dict.fromkeys(names))
    comma = "、" if writer.language == "zh" else ", "
    shown = comma.join(found[:most]) or "—"
    if len(found) <= most:
        return shown
    return writer.words("and_more", targets=shown, count=len(found))


def blocks(writer: Writer) -> Section:
    """Blocks proposed, approved and in force, and the list of the latest."""
    ask, title = writer.number, writer.words("s4")
    ids = ("blocks_proposed", "blocks_approved", "blocks_in_force", "blocks_waiting")
    if not any(ask(metric_id).value for metric_id in ids):
        return Section(title, (writer.say("blocks_none"),))
    said = writer.say(
        "blocks",
        proposed=ask("blocks_proposed"),
        approved=ask("blocks_approved"),
        in_force=ask("blocks_in_force"),
        waiting=ask("blocks_waiting"),
    )
    return Section(title, (said, _block_list(writer)))


def _block_list(writer: Writer) -> Table:
    kept = ("proposed", "approved", "exported", "active")
    found = [block for block in all_blocks(writer.asked) if block.state in kept]
    found.sort(key=lambda block: (-block.at.timestamp(), block.prefix))
    columns = (
        Column(writer.words("prefix"), width=23),
        Column(writer.words("reason"), width=30),
        Column(writer.words("state"), "center", 10),
        Column(writer.words("proposed_by"), width=10),
        Column(writer.words("approved_by"), width=10),
        Column(writer.words("expires"), width=17),
    )
    rows = tuple(_block_row(writer, block) for block in found[:TOP])
    note = writer.words("block_note", count=len(found)) if len(found) > TOP else ""
    return Table(writer.words("block_list"), columns, rows, note=note)


def _block_row(writer: Writer, block: Block) -> tuple[Cell, ...]:
    site = writer.asked.context.config.site
    reasons = sorted({literal(reason.category) for reason in block.reasons})
    expires = writer.words("forever")
    if block.expires_at:
        expires = written(block.expires_at, "date", site.time_zone, writer.language)
    return (
        literal(block.prefix),
        few(writer, reasons),
        label(f"report.block_state.{block.state}", writer.language),
        _person(writer, block.proposed_by),
        _person(writer, block.approved_by),
        expires,
    )


def _person(writer: Writer, login: str | None) -> str:
    if login is None:
        return "—"
    person = writer.asked.context.config.people.get(login)
    return literal(person.name if person and person.name else login)


def scans(writer: Writer) -> Section:
    """What was measured, and what stayed unknown."""
    title, unknown = writer.words("s5"), writer.number("scan_unknown")
    targets = writer.number("scan_covered")
    if not targets.value and not unknown.value:
        return Section(title, (writer.say("scan_none"),))
    up = writer.number("hosts_up")
    if not unknown.value:
        return Section(title, (writer.say("scan_full", covered=targets, up=up),))
    said: list[Part] = [writer.say("scan", covered=targets, up=up, unknown=unknown)]
    silent = sorted(
        literal(address or "")
        for (_, address), heard in answers(writer.asked).items()
        if not heard & {"up", "down"}
    )
    if silent:
        said.append(writer.say("scan_unknown", targets=few(writer, silent, TOP)))
    return Section(title, tuple(said))


def collection(writer: Writer) -> Section:
    """Which sources delivered, every gap as a sentence, and jobs that did not run."""
    title, found = writer.words("s6"), covered(writer.asked)
    late = tuple(_late(writer))
    if not found.observers:
        return Section(title, (writer.say("health_none"), *late))
    said = writer.say(
        "health",
        live=writer.number("sources_live"),
        silent=writer.number("sources_silent"),
        coverage=writer.number("data_coverage"),
    )
    return Section(title, (said, *_gaps(writer, found.gaps), *late, _observers(writer)))


def _late(writer: Writer) -> Iterator[Paragraph]:
    """What the alerts say of runs that did not come on the day, or have not come yet."""
    listed = {each.id: each for each in (*opened(writer.asked), *still_open(writer.asked))}
    found = [each for each in listed.values() if each.rule == _OVERDUE and each.explanation]
    for alert in sorted(found, key=lambda each: (each.first_seen, each.entity or ""))[:_GAPS]:
        yield writer.say("job_late", said=literal(alert.explanation or ""))


def _gaps(writer: Writer, gaps: tuple[tuple[str, Period], ...]) -> Iterator[Paragraph]:
    if not gaps:
        yield writer.say("gap_none")
    longest = sorted(gaps, key=lambda gap: (gap[1].start - gap[1].end, gap[0], gap[1].start))
    named = set(longest[:_GAPS])
    for observer, gap in (each for each in gaps if each in named):
        yield _gap(writer, observer, gap)
    if len(gaps) > len(named):
        yield writer.say("gap_more", count=len(gaps) - len(named))


def _gap(writer: Writer, observer: str, gap: Period) -> Paragraph:
    elapsed, site = writer.asked.elapsed, writer.asked.context.config.site
    if gap.start <= elapsed.start and gap.end >= elapsed.end:
        return writer.say("gap_all", observer=literal(observer))
    day = written(gap.start, "day", site.time_zone, writer.language)
    hours = span(gap, writer.asked.period, site.time_zone, writer.language)
    return writer.say("gap", observer=literal(observer), day=day, span=hours)


def _observers(writer: Writer) -> Table:
    numbers = writer.members("data_coverage", "observer")
    missing = dict.fromkeys(by_observer(writer.asked), timedelta())
    for observer, gap in covered(writer.asked).gaps:
        missing[observer] += gap.end - gap.start
    rows = tuple(
        (literal(name), each, _minutes(writer, missing[name]))
        for name, each in sorted(numbers.items(), key=lambda pair: pair[0])
    )
    columns = (
        Column(writer.words("observer"), width=50),
        Column(writer.words("observer_coverage"), "right", 25),
        Column(writer.words("gap_total"), "right", 25),
    )
    return Table(writer.words("observers"), columns, rows[:TOP])


def _minutes(writer: Writer, lost: timedelta) -> str:
    return writer.words("minutes", minutes=lost // timedelta(minutes=1))
