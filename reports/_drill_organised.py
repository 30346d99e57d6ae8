"""Parts 1 and 2 of the drill report: overview, and who took part in what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports._dates import written
from reports._literal import literal
from reports._model import Column, Figure, Figures, Paragraph, Section, Table
from soc.metrics import name
from soc.text import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports._build import Writer
    from reports._model import Block
    from soc.records.drill import Drill

_CARDS = (
    "drill_alerts",
    "drill_confirmed",
    "drill_succeeded",
    "drill_detect_median",
    "drill_judge_median",
    "drill_contain_median",
)
_LISTED = 20  # entries of a list of addresses; the rest is a number


def summary(writer: Writer, drill: Drill) -> Section:
    """What the drill was, the numbers that matter, and the conclusion in sentences."""
    ask = writer.number
    said = writer.say(
        "summary",
        alerts=ask("drill_alerts"),
        judged=ask("drill_judged"),
        confirmed=ask("drill_confirmed"),
        succeeded=ask("drill_succeeded"),
        blocks=ask("drill_blocks"),
        open=ask("drill_open"),
    )
    figures = (Figure(name(each, writer.language), ask(each)) for each in _CARDS)
    blocks = (Paragraph(_about(writer, drill)), said, _speed(writer), Figures(tuple(figures)))
    return Section(writer.words("s1"), blocks)


def _speed(writer: Writer) -> Paragraph:
    """The times that can be told, median and P90."""
    told, quoted = [], []
    for span in ("detect", "judge", "contain"):
        median, p90 = (writer.number(f"drill_{span}_{key}") for key in ("median", "p90"))
        if median.value is not None:
            told.append(writer.words(f"speed_{span}", median=median, p90=p90))
            quoted += [median, p90]
    if not told:
        return writer.say("speed_none")
    return Paragraph(writer.words("speed", told=_joined(writer, told)), tuple(quoted))


def _about(writer: Writer, drill: Drill) -> str:
    """The sentence of the register: name, level, organiser, role, time."""
    zone = writer.asked.context.config.site.time_zone
    start = written(drill.start, "moment", zone, writer.language)
    end = written(drill.end, "moment", zone, writer.language) if drill.end else None
    told = writer.words("about_open" if end is None else "about", start=start, end=end)
    facts = [told, *(fact for fact in _facts(writer, drill) if fact)]
    return writer.words("named", name=literal(drill.name), facts=_joined(writer, facts))


def _facts(writer: Writer, drill: Drill) -> Iterator[str]:
    if drill.level:
        yield label(f"records.value.drill.level.{drill.level}", writer.language)
    if drill.type:
        yield label(f"records.value.drill.type.{drill.type}", writer.language)
    if drill.organiser:
        yield writer.words("by", organiser=literal(drill.organiser))
    if drill.our_role:
        role = label(f"records.value.drill.our_role.{drill.our_role}", writer.language)
        yield writer.words("role", role=role)


def _joined(writer: Writer, parts: Sequence[str]) -> str:
    return ("，" if writer.language == "zh" else ", ").join(parts)


def organised(writer: Writer, drill: Drill) -> Section:
    """Posts, units, targets, registered sources, what was protected."""
    blocks: list[Block] = [
        _list(writer, "targets", [_target(writer, each) for each in drill.targets]),
        _list(writer, "sources", [literal(each) for each in drill.attack_sources]),
        _list(writer, "protected", [literal(each) for each in drill.protected]),
    ]
    if drill.posts:
        blocks.append(_posts(writer, drill))
    blocks.append(_participants(writer, drill))
    return Section(writer.words("s2"), tuple(blocks))


def _list(writer: Writer, key: str, held: Sequence[str]) -> Paragraph:
    """A sentence that lists, or says that nothing was registered."""
    if not held:
        return writer.say(f"{key}_none")
    listed = ("、" if writer.language == "zh" else ", ").join(held[:_LISTED])
    rest = writer.words("and_more", targets=listed, count=len(held))
    return writer.say(key, listed=rest if len(held) > _LISTED else listed)


def _target(writer: Writer, target: str) -> str:
    found = writer.asked.context.store.records.get("system", target)
    return literal(str(getattr(found, "name", target)))


def _posts(writer: Writer, drill: Drill) -> Table:
    columns = (Column(writer.words("post"), width=30), Column(writer.words("people"), width=70))
    comma = "、" if writer.language == "zh" else ", "
    rows = tuple((literal(p.name), literal(comma.join(p.people)) or "—") for p in drill.posts)
    return Table(writer.words("posts"), columns, rows)


def _participants(writer: Writer, drill: Drill) -> Table:
    from reports._drill_data import unit_name

    columns = (
        Column(writer.words("unit"), width=56),
        Column(writer.words("part"), width=22),
        Column(writer.words("group"), width=22),
    )
    rows = tuple(
        (unit_name(writer, each.unit), _role(writer, each.role), literal(each.group or "—"))
        for each in drill.participants
    )
    return Table(writer.words("participants"), columns, rows, empty=writer.words("nobody"))


def _role(writer: Writer, role: str | None) -> str:
    if not role:
        return "—"
    return literal(label(f"report.drill.roles.{role}", writer.language))
