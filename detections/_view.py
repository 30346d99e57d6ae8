"""Rules and alerts as the command line prints them; keys are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detections._explain import Explained
    from detections._rules import RuleState
    from detections._samples import Tested
    from detections.sigma import Rule
    from soc.records.alert import Alert
    from soc.records.suppression import Suppression

ALERT_COLUMNS = ("no", "title", "severity", "state", "count", "last_seen", "attackers", "result")
STATE_COLUMNS = ("title", "level", "dataset", "state", "reason")
ANALYTIC_COLUMNS = ("name", "title", "level", "dataset", "techniques", "enabled")
RULE_COLUMNS = ("title", "level", "logsource", "ruleset", "techniques")


def rule_view(rule: Rule, language: str) -> dict[str, Any]:
    """A rule in a list."""
    return {
        "id": rule.id,
        "title": rule.name(language),
        "level": rule.level,
        "status": rule.status,
        "logsource": rule.logsource,
        "dataset": [target.dataset for target in rule.targets],
        "ruleset": rule.ruleset,
        "version": rule.version,
        "techniques": list(rule.techniques),
        "path": str(rule.path),
    }


def state_view(state: RuleState, language: str) -> dict[str, Any]:
    """A rule with its state."""
    return {
        "id": state.rule.id,
        "title": state.rule.name(language),
        "level": state.rule.level,
        "dataset": [target.dataset for target in state.rule.targets],
        "state": state.state,
        "reason": state.reason,
    }


def tested_view(tested: Tested) -> dict[str, Any]:
    """What the samples of a rule gave."""
    return {
        "id": tested.rule.id,
        "name": tested.rule.path.stem,
        "matches": tested.matches,
        "misses": tested.misses,
        "failures": list(tested.failures),
    }


def explained_view(rule: Rule, found: Explained) -> dict[str, Any]:
    """A rule held against an event."""
    return {
        "rule": rule.id,
        "dataset": found.dataset,
        "match": found.is_match,
        "logsource": found.belongs,
        "condition": found.condition,
        "selections": dict(found.selections),
    }


def alert_view(alert: Alert) -> dict[str, Any]:
    """An alert in a list."""
    from detections.alerts import severity

    units = sorted({victim.unit for victim in alert.victims if victim.unit})
    return {
        "id": alert.id,
        "no": alert.no,
        "rule": alert.rule,
        "title": alert.title,
        "severity": severity(alert),
        "state": alert.state,
        "count": alert.count,
        "first_seen": alert.first_seen.isoformat(),
        "last_seen": alert.last_seen.isoformat(),
        "attackers": [attacker.address for attacker in alert.attackers],
        "victims": [victim.endpoint for victim in alert.victims],
        "unit": units[0] if units else None,
        "result": alert.result,
    }


def alert_details(alert: Alert) -> dict[str, Any]:
    """All that is known of an alert."""
    return alert_view(alert) | {
        "entity": alert.entity,
        "origin": alert.origin,
        "level": alert.severity,
        "confidence": alert.confidence,
        "class": alert.category,
        "direction": alert.direction,
        "techniques": list(alert.techniques),
        "sources": list(alert.sources),
        "coverage": {entry.source: entry.fraction for entry in alert.coverage},
        "assignee": alert.assignee,
        "verdict": alert.verdict,
        "judged_by": alert.judged_by,
        "suppressed_by": alert.suppressed_by,
        "reason": alert.reason,
        "evidence": list(alert.evidence),
        "explanation": alert.explanation,
        "figures": {figure.name: figure.value for figure in alert.figures},
        "comments": [f"{c.at.isoformat()} {c.by}: {c.text}" for c in alert.comments],
        "drills": list(alert.drills),
        "revision": alert.revision,
    }


def suppression_view(entry: Suppression, hidden_alerts: int | None = None) -> dict[str, Any]:
    """A suppression, and how many alerts it hid when it began."""
    view = {
        "id": entry.id,
        "type": entry.type,
        "rule": entry.rule,
        "entity": entry.entity,
        "filter": entry.filter,
        "owner": entry.owner,
        "reason": entry.grounds,
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
        "state": entry.state,
        "hidden": entry.hidden,
    }
    return view if hidden_alerts is None else view | {"alerts": hidden_alerts}
