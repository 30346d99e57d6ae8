"""What every analytic promises."""

from __future__ import annotations

import re
from inspect import getdoc
from string import Formatter
from types import ModuleType

import pytest
from pydantic import ValidationError

from detections._analytics import FAMILY, analytics
from detections._attack import read_tags
from detections._behaviour import LEVELS, AnalyticSettings, Reading, Rule
from soc import plugins
from soc.context import Context
from soc.query import Window
from soc.schema import DATASETS
from soc.text import LANGUAGES, subject, text

NAMES = plugins.names(FAMILY)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_the_first_five_are_there() -> None:
    assert {"scan", "guessing", "beacon", "exfiltration", "silence"} <= set(NAMES)


def test_the_catalogue_has_no_text_of_an_analytic_that_is_gone() -> None:
    assert {key.partition(".")[0] for key in subject("analytics", "zh")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
class TestAnalytic:
    def rule(self, name: str) -> Rule:
        return analytics()[name].RULE

    def test_its_rule_is_named_as_its_file_and_says_all(self, name: str) -> None:
        rule = self.rule(name)

        assert rule.name == name
        assert rule.level in LEVELS
        assert re.match(r"^[^/\s]{2,20}/[^/\s]{2,20}$", rule.category)
        assert rule.version >= 1
        assert rule.datasets
        assert set(rule.datasets) <= set(DATASETS)

    def test_its_techniques_are_in_the_table(self, name: str) -> None:
        rule = self.rule(name)
        tags = [f"attack.{t.lower()}" for t in (*rule.techniques, *rule.tactics)]

        techniques, tactics, unknown = read_tags(tags)

        assert (techniques, tactics, unknown) == (rule.techniques, rule.tactics, ())

    def test_its_settings_refuse_unknown_keys_and_describe_known_ones(self, name: str) -> None:
        settings = analytics()[name].Settings

        with pytest.raises(ValidationError):
            settings.model_validate({"no_such_key": 1})
        assert issubclass(settings, AnalyticSettings)
        assert all(field.description for field in settings.model_fields.values())

    def test_its_texts_are_there_in_both_languages(self, name: str) -> None:
        rule = self.rule(name)

        for language in LANGUAGES:
            for key in ("title", "advice", *rule.sentences):
                assert text(f"analytics.{name}.{key}", language)
        for key in rule.sentences:
            chinese = subject("analytics", "zh")[f"{name}.{key}"]
            assert _CHINESE.search(chinese)
            assert chinese.endswith("。")
            assert [field for _, field, _, _ in Formatter().parse(chinese) if field]

    def test_an_empty_window_gives_nothing(self, name: str, context: Context) -> None:
        analytic = analytics()[name]
        settings = analytic.Settings()
        days = (context.calendar.date_of(context.clock.now()),)

        for dataset in analytic.RULE.datasets:
            reading = Reading(dataset, Window({}, {}), days)
            assert list(analytic.detect(reading, settings, context)) == []

    def test_it_says_what_it_finds(self, name: str) -> None:
        module: ModuleType = plugins.load(FAMILY, name)

        assert getdoc(module)
        assert getdoc(module.detect)
