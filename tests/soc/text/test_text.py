from __future__ import annotations

from importlib.resources import files
from string import Formatter

import pytest

from soc.text import LANGUAGES, label, subject, text

SUBJECTS = sorted(
    resource.name.removesuffix(".toml")
    for language in LANGUAGES
    for resource in files("soc.text").joinpath(language).iterdir()
    if resource.name.endswith(".toml")
)


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


@pytest.mark.parametrize("name", sorted(set(SUBJECTS)))
def test_both_languages_hold_the_same_keys(name: str) -> None:
    chinese, english = subject(name, "zh"), subject(name, "en")

    assert chinese.keys() == english.keys()


@pytest.mark.parametrize("name", sorted(set(SUBJECTS)))
def test_both_languages_fill_the_same_placeholders(name: str) -> None:
    chinese, english = subject(name, "zh"), subject(name, "en")

    differing = [k for k in chinese if placeholders(chinese[k]) != placeholders(english[k])]
    assert differing == []


def test_a_text_fills_its_placeholders() -> None:
    assert text("audit.whole", "en", lines=3) == "The chain is whole: 3 lines."


def test_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        text("audit.no_such_text", "en")


def test_a_label_falls_back_to_the_value_itself() -> None:
    assert label("records.state.made_up", "zh") == "made_up"
