"""What was planted in the ledger and the history of the made day, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from playbooks._demo_found import Found
from playbooks.simulate import _city as city
from playbooks.simulate import _estate
from soc.text import Language, label, text

if TYPE_CHECKING:
    from playbooks.simulate._estate import Silent
    from soc.context import Context
    from soc.records.system import System
    from soc.records.unit import Unit
    from soc.records.verdict import Verdict

_CONDEMNED = ("zombie", "suspected", "lost", "answering")  # what a benign system must not be
Steps = Mapping[str, Mapping[str, Any]]


def of_ledger(context: Context, ledger: Mapping[str, Any]) -> Iterator[Found]:
    """The former name, the endpoint that two claim, the classified row, the shared network."""
    language = context.config.site.language
    yield _told("former_name", _is_one_unit(context), city.UNITS[0].name)
    claimed = {conflict["address"]: conflict["units"] for conflict in ledger["conflicts"]}
    units = claimed.get(_estate.DISPUTED[0].address, [])
    yield _told("disputed_endpoint", len(units) == 2, " / ".join(units))
    is_refused = ledger["refused"] == 1 and not _is_stored(_estate.SECRET.name, context)
    row = ledger["errors"][0]["row"] if is_refused else ""
    yield _told("secret_row", is_refused, text("demo.refused_row", language, row=row))
    owners = context.estate.owners(_estate.TENANT)
    named = " / ".join(sorted(str(owner.zone) for owner in owners if owner.system))
    yield _told("shared_network", named == " / ".join(sorted(city.PRIVATE)), named)


def _told(name: str, is_found: bool, by: str) -> Found:
    return Found(name, True, by) if is_found else Found(name, False, "", "not_told")


def _is_one_unit(context: Context) -> bool:
    units = cast("Iterator[Unit]", context.store.records.find("unit"))
    names = {unit.name for unit in units}
    return city.UNITS[0].name in names and _estate.OLD_NAME not in names


def _is_stored(name: str, context: Context) -> bool:
    return any(system.name == name for system in _systems(context))


def of_history(context: Context) -> Iterator[Found]:
    """The systems that nobody uses, each with its class, and the host in no ledger."""
    verdicts = _verdicts(context)
    for each in _estate.SILENT:
        yield _classed(each, verdicts.get(each.system.name), context.config.site.language)
    yield _shadow(context)


def benign(context: Context) -> Iterator[Found]:
    """The systems that only look dead; found where one was condemned."""
    verdicts = _verdicts(context)
    for each in _estate.BENIGN:
        verdict = verdicts.get(each.system.name)
        state = verdict.state if verdict else ""
        yield Found(each.name, state in _CONDEMNED, state if state in _CONDEMNED else "")


def condemned_in_error(context: Context) -> int:
    """Verdicts against systems and addresses that nothing was planted at."""
    meant = {each.system.name for each in _estate.SILENT}
    held = _verdicts(context)
    wrong = [n for n, v in held.items() if v.state in _CONDEMNED and n not in meant]
    strange = [v for v in _shadows(context) if not v.subject.endswith(f" {_estate.SHADOW}")]
    return len(wrong) + len(strange)


def _classed(each: Silent, verdict: Verdict | None, language: Language) -> Found:
    if verdict is None:
        return Found(each.name, False, "", "no_verdict")
    if verdict.state != each.category:
        return Found(each.name, False, "", "other_class")
    said = label(f"records.state.verdict.{verdict.state}", language)
    score = "" if verdict.score is None else f" · {verdict.score:.0f}"
    return Found(each.name, True, f"{said}{score} · {each.system.name}")


def _shadow(context: Context) -> Found:
    language = context.config.site.language
    for verdict in _shadows(context):
        if verdict.subject.endswith(f" {_estate.SHADOW}"):
            said = label("records.state.verdict.shadow", language)
            ports = " ".join(map(str, verdict.ports))
            return Found("shadow_nacos", True, f"{said} · {_estate.SHADOW}:{ports}")
    return Found("shadow_nacos", False, "", "no_verdict")


def _shadows(context: Context) -> list[Verdict]:
    return [verdict for verdict in _all(context) if verdict.state == "shadow"]


def _verdicts(context: Context) -> dict[str, Verdict]:
    """Verdicts by the name of their system."""
    names = {system.id: system.name for system in _systems(context)}
    return {names[v.subject]: v for v in _all(context) if v.subject in names}


def _all(context: Context) -> Sequence[Verdict]:
    return list(cast("Iterator[Verdict]", context.store.records.find("verdict")))


def _systems(context: Context) -> Iterator[System]:
    return cast("Iterator[System]", context.store.records.find("system"))
