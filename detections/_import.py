"""A folder of rules brought in: what can be read is copied, and every file is accounted for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detections import sigma
from detections._rules import STATES, Ruleset, RuleState, own_files, ruleset, states
from detections._view import state_view
from soc.errors import InputError

if TYPE_CHECKING:
    from detections.sigma import Rule
    from soc.context import Context

_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_FILES = 20_000  # files of one folder


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the files of a folder."""

    name: str  # of the set
    files: int
    copied: int
    states: tuple[RuleState, ...]  # of the rules of this set
    errors: tuple[str, ...]  # one line a file that holds no rule, or one that is there already


def bring_in(context: Context, folder: Path, name: str | None = None) -> Imported:
    """The loadable rules of a folder lie under ``SOC_HOME/rules/<name>/``, in its layout.

    A set of that name is replaced as a whole. Links are not followed.

    Raises:
        InputError: no folder, or no rule file in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder; give a folder of Sigma rules")
    paths = list(_rule_files(folder))
    if not paths:
        raise InputError(f"{folder}: no .yml or .yaml file in it; give a folder of Sigma rules")
    called = _NAME.sub("-", name or folder.resolve().name).strip(".-") or "imported"
    before = ruleset(context)
    given = before.settings.placeholders
    loaded = sigma.load([*own_files(), *((path, called) for path in paths)], given)
    kept = [rule for rule in loaded.rules if rule.ruleset == called]
    copied = _copy(folder, context.store.home / "rules" / called, kept)
    found = replace(before, rules=tuple(kept), errors=())
    return Imported(called, len(paths), copied, _states(context, found), loaded.errors)


def summary(found: Imported, language: str) -> dict[str, Any]:
    """What is printed: counts by state, and every rule that is not active with its reason."""
    counts = dict.fromkeys(STATES, 0)
    for state in found.states:
        counts[state.state] += 1
    return {
        "set": found.name,
        "files": found.files,
        "copied": found.copied,
        "states": counts,
        **counts,
        "rules": [state_view(s, language) for s in found.states if s.state != "active"],
        "errors": list(found.errors),
        "refused": [f"{s.rule.path}: {s.reason}" for s in found.states if s.rule.unsupported],
    }


def _states(context: Context, found: Ruleset) -> tuple[RuleState, ...]:
    return tuple(states(found, context.engine))


def _rule_files(folder: Path) -> Iterator[Path]:
    found = sorted(p for p in folder.rglob("*") if p.suffix in (".yml", ".yaml"))
    if len(found) > _FILES:
        raise InputError(f"{folder}: {len(found)} rule files; give folders of at most {_FILES}")
    return (path for path in found if path.is_file() and not path.is_symlink())


def _copy(folder: Path, target: Path, rules: list[Rule]) -> int:
    """Files copied; the new set stands complete before the old one goes."""
    scratch = target.with_name(f".{target.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    paths = sorted({rule.path for rule in rules})
    for path in paths:
        copy = scratch / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    scratch.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)
    return len(paths)
