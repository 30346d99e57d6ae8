"""A drill as the command line shows it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from soc.metrics import drills as counted
from soc.metrics import metrics, name, spoken
from soc.metrics import number as numbered
from soc.metrics._drills_times import Times, percentile
from soc.text import label, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soc.metrics import Question
    from soc.metrics._drills_timeline import Moment
    from soc.records.drill import Drill
    from soc.records.entry import Entry
    from soc.text import Language

COLUMNS = ("no", "name", "state", "from", "to", "our_role", "organiser")
SPANS = ("detect_s", "judge_s", "contain_s")


def view(drill: Drill, state: str) -> dict[str, Any]:
    """The register with stable keys; ``state`` is where it stands now."""
    return {
        "id": drill.id,
        "no": drill.no,
        "name": drill.name,
        "year": drill.year,
        "state": state,
        "origin": drill.origin,
        "level": drill.level,
        "kind": drill.type,
        "organiser": drill.organiser,
        "our_role": drill.our_role,
        "from": drill.start.isoformat(),
        "to": drill.end.isoformat() if drill.end else None,
        "participants": [asdict(each) for each in drill.participants],
        "posts": [{"name": each.name, "people": list(each.people)} for each in drill.posts],
        "targets": list(drill.targets),
        "attack_sources": list(drill.attack_sources),
        "protected": list(drill.protected),
        "revision": drill.revision,
    }


def details(drill: Drill, state: str, asked: Question) -> dict[str, Any]:
    """The register, its numbers, and the times of each of its alerts."""
    ids = [each for each in metrics() if each.startswith("drill_")]
    spans = counted.spans(asked)
    return {
        **view(drill, state),
        "numbers": {each: numbered(each, asked).value for each in ids},
        "times": {span.removesuffix("_s"): _times(span, spans) for span in SPANS},
        "alerts": [_alert(each) for each in spans],
        "blocks": [each.id for each in counted.blocks(asked)],
        "entries": len(counted.entries(asked)),
    }


def register_told(value: dict[str, Any], language: Language) -> dict[str, str]:
    """The register for people: a name and a value a line."""
    return {text(f"drill.{name}", language): _cell(held) for name, held in value.items()}


def numbers_told(asked: Question, language: Language) -> dict[str, str]:
    """The numbers of the drill for people, with their units."""
    ids = [each for each in metrics() if each.startswith("drill_")]
    return {name(each, language): spoken(numbered(each, asked), language) for each in ids}


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_cell(held) for held in value.values() if held)
    if isinstance(value, list):
        return "; ".join(_cell(each) for each in value)
    return "" if value is None else str(value)


def _times(span: str, spans: list[Times]) -> dict[str, float | int | None]:
    """How many alerts have that span, and its median and P90 in seconds."""
    known = [value for each in spans if (value := getattr(each, span)) is not None]
    return {
        "count": len(known),
        "median_s": percentile(known, 0.5),
        "p90_s": percentile(known, 0.9),
    }


def _alert(times: Times) -> dict[str, Any]:
    return {
        "id": times.alert,
        "detected_at": times.detected_at.isoformat(),
        "judged_at": times.judged_at.isoformat() if times.judged_at else None,
        "contained_at": times.contained_at.isoformat() if times.contained_at else None,
        **{span: getattr(times, span) for span in SPANS},
    }


def row(drill: Drill, state: str, days: tzinfo, language: Language) -> list[str]:
    """The columns of the table for people, in the site's time."""
    role = label(f"records.value.drill.our_role.{drill.our_role}", language)
    return [
        drill.no or "",
        drill.name,
        text(f"records.state.drill.{state}", language),
        f"{drill.start.astimezone(days):%Y-%m-%d %H:%M}",
        f"{drill.end.astimezone(days):%Y-%m-%d %H:%M}" if drill.end else "",
        role if drill.our_role else "",
        drill.organiser or "",
    ]


def entry_view(entry: Entry) -> dict[str, Any]:
    """A line of the log with stable keys."""
    return {
        "id": entry.id,
        "at": entry.happened_at.isoformat(),
        "written_at": entry.at.isoformat(),
        "by": entry.author.person or entry.author.login,
        "stage": entry.stage,
        "text": entry.text,
        "evidence": list(entry.evidence),
    }


def moments(found: Iterable[Moment]) -> list[dict[str, Any]]:
    """The timeline with stable keys."""
    return [
        {
            "at": each.at.isoformat(),
            "what": each.what,
            "record": each.record,
            "text": each.text,
            "detail": each.detail,
            "by": each.by,
            "evidence": list(each.evidence),
        }
        for each in found
    ]


def told(moment: Moment, language: Language) -> tuple[str, str]:
    """What kind of moment it is, and what happened, for people."""
    detail = _detail(moment, language)
    said = text(f"drill.moment.{moment.what}", language)
    return said, f"{moment.text} {detail}".strip()


def _detail(moment: Moment, language: Language) -> str:
    if moment.what == "judged":
        return label(f"records.value.alert.verdict.{moment.detail}", language)
    if moment.what == "detected":
        return label(f"records.value.alert.severity.{moment.detail}", language)
    if moment.what == "logged" and moment.detail:
        return f"[{label(f'records.value.entry.stage.{moment.detail}', language)}]"
    return moment.detail
