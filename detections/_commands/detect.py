"""``soc detect``: rules over what was collected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from soc.console import Json, fields, language, opened, say, show, t, table

app = typer.Typer(
    help=t("commands.detect"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
rules = typer.Typer(
    help=t("detect.rules"), no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.add_typer(rules, name="rules")

Named = Annotated[str, typer.Argument(help=t("detect.rule"))]
Reason = Annotated[str, typer.Option("--reason", help=t("detect.reason_option"))]


@app.command("run", help=t("detect.run"))
def run(ctx: typer.Context, as_json: Json = False) -> None:
    context = opened(ctx)
    value = context.jobs.run("detect", {}, context).value
    names = ("rules", "matches", "opened", "updated", "suppressed", "expired")
    show(value, as_json, lambda: fields({t(f"detect.{name}"): value[name] for name in names}))
    _complain(value["errors"])


def _complain(lines: list[str]) -> None:
    for line in lines:
        typer.echo(f"soc: {line}", err=True)


@app.command("analytics", help=t("detect.analytics"))
def analytics(ctx: typer.Context, as_json: Json = False) -> None:
    from detections._analytics import listed
    from detections._view import ANALYTIC_COLUMNS

    _show(listed(opened(ctx), language()), ANALYTIC_COLUMNS, as_json)


@rules.command("list", help=t("detect.list"))
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    from detections._rules import ruleset
    from detections._view import RULE_COLUMNS, rule_view

    found = ruleset(opened(ctx))
    views = [rule_view(rule, language()) for rule in found.rules]
    _show(views, RULE_COLUMNS, as_json)
    _complain(list(found.errors))


@rules.command("status", help=t("detect.status"))
def status(ctx: typer.Context, as_json: Json = False) -> None:
    from detections._rules import ruleset, states
    from detections._view import STATE_COLUMNS, state_view

    context = opened(ctx)
    found = ruleset(context)
    views = [state_view(state, language()) for state in states(found, context.engine)]
    _show(views, STATE_COLUMNS, as_json)
    _complain(list(found.errors))


def _show(views: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    rows = [[_cell(name, view[name]) for name in columns] for view in views]
    show(views, as_json, lambda: table([t(f"detect.{name}") for name in columns], rows))


def _cell(name: str, value: Any) -> object:
    from soc.records._labels import value_label

    if name == "state":
        return t(f"detect.{value}")
    return value_label("alert", "severity", value, language()) if name == "level" else value


@rules.command("lint", help=t("detect.lint"))
def lint(ctx: typer.Context, as_json: Json = False) -> None:
    from detections import _lint
    from detections._rules import ruleset

    found = ruleset(opened(ctx))
    lines = _lint.lint(found)
    show(lines, as_json, lambda: say("\n".join(lines) if lines else t("detect.clean")))
    _exit(bool(found.errors) or any(rule.unsupported for rule in found.rules))


def _exit(is_failed: bool) -> None:
    from soc.errors import RuleError

    if is_failed:
        raise typer.Exit(RuleError.exit_code)


@rules.command("test", help=t("detect.test"))
def put_samples(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help=t("detect.names"))] = None,
    as_json: Json = False,
) -> None:
    from detections._samples import run_all
    from detections._view import tested_view

    results = run_all(opened(ctx), names or [])
    views = [tested_view(result) for result in results]
    _show(views, ("name", "matches", "misses", "failures"), as_json)
    _exit(any(result.failures for result in results))


@rules.command("explain", help=t("detect.explain"))
def explain(
    ctx: typer.Context,
    rule: Named,
    event: Annotated[str, typer.Argument(help=t("detect.event"))],
    as_json: Json = False,
) -> None:
    from detections import _explain
    from detections._rules import ruleset
    from detections._view import explained_view

    context = opened(ctx)
    found = ruleset(context)
    chosen = found.rule(rule)
    view = explained_view(chosen, _explain.explain(context, found, chosen, event))
    show(view, as_json, lambda: fields(view))


@rules.command("import", help=t("detect.import"))
def import_(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help=t("detect.folder"))],
    name: Annotated[str | None, typer.Option("--set", help=t("detect.set"))] = None,
    as_json: Json = False,
) -> None:
    from detections._import import bring_in, summary

    value = summary(bring_in(opened(ctx), folder, name), language())
    counts = {key: value[key] for key in ("set", "files", "copied", *value["states"])}
    show(value, as_json, lambda: fields({t(f"detect.{k}"): v for k, v in counts.items()}))
    _complain([*value["errors"], *value["refused"]])
    _exit(not value["active"] + value["inert"] + value["disabled"])


@rules.command("disable", help=t("detect.disable"))
def disable(ctx: typer.Context, rule: Named, reason: Reason, as_json: Json = False) -> None:
    from detections import _rules

    context = opened(ctx)
    chosen = _rules.ruleset(context).rule(rule)
    _rules.disable(context, chosen, reason)
    show({"id": chosen.id, "state": "disabled"}, as_json, lambda: say(t("detect.switched")))


@rules.command("enable", help=t("detect.enable"))
def enable(ctx: typer.Context, rule: Named, reason: Reason, as_json: Json = False) -> None:
    from detections import _rules

    context = opened(ctx)
    chosen = _rules.ruleset(context).rule(rule)
    _rules.enable(context, chosen, reason)
    show({"id": chosen.id, "state": "enabled"}, as_json, lambda: say(t("detect.switched")))
