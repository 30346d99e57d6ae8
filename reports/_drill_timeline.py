"""Part 3 of the drill report: what happened, the moments that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports._dates import written
from reports._literal import literal
from reports._model import Column, Section, Table
from soc.metrics import drills as counted
from soc.text import label, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports._build import Writer
    from reports._model import Cell
    from soc.metrics._drills_timeline import Moment
    from soc.records.drill import Drill

SHOWN = 60  # rows of the printed table; all of them are one command away
_RANK = ("begins", "ends", "logged", "judged", "in_force", "released")  # kept before the others
_SEVERITIES = ("critical", "high", "medium", "low", "informational")


def timeline(writer: Writer, drill: Drill) -> Section:
    """The joined timeline; a long one shows what people did first, then the gravest alerts."""
    moments = counted.timeline(writer.asked)
    columns = (
        Column(writer.words("time"), width=16),
        Column(writer.words("what"), width=12),
        Column(writer.words("content"), width=44),
        Column(writer.words("person"), width=11),
        Column(writer.words("proof"), width=17),
    )
    chosen = most(moments, SHOWN)
    rows = tuple(_row(writer, each) for each in chosen)
    note = ""
    if len(moments) > len(chosen):
        note = writer.words("shown", shown=len(chosen), count=len(moments), no=drill.no or drill.id)
    said = writer.say("timeline", count=len(moments), entries=len(counted.entries(writer.asked)))
    return Section(writer.words("s3"), (said, Table("", columns, rows, note=note)))


def most(moments: Sequence[Moment], limit: int) -> list[Moment]:
    """The weightiest moments in order of time."""
    ranked = sorted(enumerate(moments), key=lambda pair: (_weight(pair[1]), pair[0]))
    return [moments[place] for place in sorted(place for place, _ in ranked[:limit])]


def _weight(moment: Moment) -> tuple[int, int]:
    first = _RANK.index(moment.what) if moment.what in _RANK else len(_RANK)
    known = moment.what == "detected" and moment.detail in _SEVERITIES
    return first, _SEVERITIES.index(moment.detail) if known else len(_SEVERITIES)


def _row(writer: Writer, moment: Moment) -> tuple[Cell, ...]:
    zone = writer.asked.context.config.site.time_zone
    return (
        written(moment.at, "minute", zone, writer.language),
        text(f"drill.moment.{moment.what}", writer.language),
        _content(writer, moment),
        _person(writer, moment.by),
        _proof(writer, moment),
    )


def _content(writer: Writer, moment: Moment) -> str:
    said, detail = literal(moment.text, 90), literal(moment.detail)
    if moment.what in ("judged", "detected"):
        field = "verdict" if moment.what == "judged" else "severity"
        detail = label(f"records.value.alert.{field}.{moment.detail}", writer.language)
    if moment.what == "logged":
        stage = label(f"records.value.entry.stage.{moment.detail}", writer.language)
        return f"{stage}：{said}" if moment.detail and writer.language == "zh" else said
    if writer.language == "zh" and detail:
        return f"{said}（{detail}）"
    return f"{said} ({detail})" if detail else said


def _person(writer: Writer, by: str) -> str:
    """A name where a login has one."""
    person = writer.asked.context.config.people.get(by)
    return literal(person.name if person and person.name else by)


def _proof(writer: Writer, moment: Moment) -> str:
    """The begin of the digest of each file of evidence."""
    records = writer.asked.context.store.records
    found = (records.get("evidence", id) for id in moment.evidence)
    return " ".join(str(getattr(each, "sha256", ""))[:12] for each in found if each)
