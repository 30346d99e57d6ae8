"""Where rules lie, which of them run, and in what state each is.

Own rules ship beside this file; imported sets lie under ``SOC_HOME/rules/<set>/``. A rule is
active, inert (nothing that it asks was ever there), unsupported or disabled; each state but
the first has a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from detections import sigma
from detections._simplify import without
from detections.sigma import Rule, Target
from soc import where as w
from soc.config import Settings
from soc.errors import ConfigError, StoreError
from soc.query import Aggregate, Measure, Window
from soc.rights import demanded
from soc.where import EVERYTHING, NOTHING, Where

if TYPE_CHECKING:
    from soc.context import Context
    from soc.store import Engine

OWN = Path(__file__).parent / "rules"
OWN_SET = "govsoc"
STATES = ("active", "inert", "unsupported", "disabled")


class SigmaSettings(Settings):
    """``[detections.sigma]``."""

    disabled: tuple[str, ...] = Field(default=(), description="Ids of rules that are not run")
    folders: tuple[Path, ...] = Field(default=(), description="More folders of rules")
    placeholders: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Values for %name% in rules with the modifier expand"
    )
    scanners: tuple[str, ...] = Field(
        default=(), description="Networks of our own scanners; what they do is no attack"
    )
    backfill_days: int = Field(
        default=7, ge=0, le=400, description="How far back a new or changed rule looks"
    )


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rules of a site, and those that are switched off with the reason."""

    rules: tuple[Rule, ...]
    errors: tuple[str, ...]
    disabled: Mapping[str, str]
    settings: SigmaSettings

    def runnable(self) -> list[Rule]:
        """Rules that are neither unsupported nor disabled."""
        return [r for r in self.rules if r.unsupported is None and r.id not in self.disabled]

    def rule(self, named: str) -> Rule:
        """The rule of an id, an unambiguous beginning of one, or a file name.

        Raises:
            ConfigError: no rule, or more than one.
        """
        found = [r for r in self.rules if named in (r.id, r.path.stem)] or [
            r for r in self.rules if len(named) >= 4 and r.id.startswith(named)
        ]
        if len(found) != 1:
            what = "no such rule" if not found else f"{len(found)} rules are called so"
            raise ConfigError(f"rule {named!r}: {what}; see `soc detect rules list`")
        return found[0]


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule and what can be expected of it."""

    rule: Rule
    state: str  # active, inert, unsupported, disabled
    reason: str


def ruleset(context: Context) -> Ruleset:
    """Every rule of the site as it stands in files now."""
    settings = context.config.plugin("detections.sigma", SigmaSettings)
    loaded = sigma.load(_files(context.store.home, settings), settings.placeholders)
    configured = dict.fromkeys(settings.disabled, "settings")
    disabled = configured | _switched_off(context.store.home)
    return Ruleset(loaded.rules, loaded.errors, disabled, settings)


def own_files() -> Iterator[tuple[Path, str]]:
    """Files of the rules that ship with the tool."""
    return ((path, OWN_SET) for path in sorted(OWN.rglob("*.yml")))


def disable(context: Context, rule: Rule, reason: str) -> None:
    """Switch a rule off, with who and why; it is audited.

    Raises:
        ScopeError: the actor is no administrator.
    """
    _write_switches(context, rule, "disable", reason)


def enable(context: Context, rule: Rule, reason: str) -> None:
    """Switch a rule on again; one that the settings switch off stays so.

    Raises:
        ScopeError: the actor is no administrator.
    """
    _write_switches(context, rule, "enable", reason)


def states(rules: Ruleset, engine: Engine) -> list[RuleState]:
    """The state of every rule, in the order of the files."""
    fills = _Fills(engine)
    return [_state(rule, rules, fills) for rule in rules.rules]


def trap_columns(rule: Rule, target: Target) -> frozenset[str]:
    """Columns without which the rule would match every row; empty for a rule that asks for one.

    Such a rule only says what must not be (``not source in ours``): on rows that never fill its
    column it must not fire.
    """
    names = w.fields(target.condition)
    is_trap = without(target.condition, names) == EVERYTHING
    return frozenset(names) if is_trap else frozenset()


def filled(
    engine: Engine, dataset: str, source: Where, names: frozenset[str], window: Window | None = None
) -> dict[str, int]:
    """How many rows of a log source hold each column; ``""`` counts the rows."""
    measures = [Measure("rows", "count")]
    measures += [Measure(f"c{n}", "count", name) for n, name in enumerate(sorted(names))]
    asked = Aggregate(dataset, tuple(measures), where=source, window=window)
    rows = engine.aggregate(asked).to_pylist()
    row: Mapping[str, Any] = rows[0] if rows else {}
    counts = {name: int(row.get(f"c{n}") or 0) for n, name in enumerate(sorted(names))}
    return {"": int(row.get("rows") or 0)} | counts


class _Fills:
    """Filled columns, asked once for each dataset and log source."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, Where], dict[str, int]] = {}

    def of(self, target: Target) -> dict[str, int]:
        key = (target.dataset, target.source)
        known = self._known.setdefault(key, {})
        missing = frozenset(w.fields(target.condition) - known.keys())
        if missing or not known:
            known |= filled(self._engine, target.dataset, target.source, missing)
        return known


def _state(rule: Rule, rules: Ruleset, fills: _Fills) -> RuleState:
    if rule.id in rules.disabled:
        return RuleState(rule, "disabled", rules.disabled[rule.id])
    if rule.unsupported is not None:
        return RuleState(rule, "unsupported", rule.unsupported)
    reasons = [_inert(target, fills) for target in rule.targets]
    if not all(reasons):
        return RuleState(rule, "active", "")
    return RuleState(rule, "inert", "; ".join(reason for reason in reasons if reason))


def _inert(target: Target, fills: _Fills) -> str:
    """Why the rule cannot find anything in the dataset; empty where it can."""
    counts = fills.of(target)
    if not counts[""]:
        return f"{target.dataset}: no row of this log source was ever stored"
    empty = {name for name in w.fields(target.condition) if not counts[name]}
    left = without(target.condition, empty)
    if left in (NOTHING, EVERYTHING):
        return f"{target.dataset}: never filled: {', '.join(sorted(empty))}"
    return ""


def _files(home: Path, settings: SigmaSettings) -> Iterator[tuple[Path, str]]:
    yield from own_files()
    sets = sorted(path for path in (home / "rules").glob("[!.]*") if path.is_dir())
    for folder in [*sets, *settings.folders]:
        for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
            yield path, folder.name


def _switches(home: Path) -> Path:
    return home / "rules" / "disabled.json"


def _switched_off(home: Path) -> dict[str, str]:
    path = _switches(home)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: {error}: mend or delete it") from error
    return {str(name): str(entry["reason"]) for name, entry in found.items()}


def _write_switches(context: Context, rule: Rule, verb: str, reason: str) -> None:
    demanded("admin", context, "rule", rule.id, verb)
    path = _switches(context.store.home)
    found: dict[str, Any] = {}
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
    at, author = context.clock.now(), context.actor.author()
    found.pop(rule.id, None)
    if verb == "disable":
        found[rule.id] = {"reason": reason, "by": author.login, "at": at.isoformat()}
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    scratch.replace(path)
    what = {"action": f"{verb}d", "kind": "rule", "id": rule.id, "reason": reason}
    context.store.audit.append({**what, **asdict(author), "at": at})
