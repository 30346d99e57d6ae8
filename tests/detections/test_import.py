"""Folders of rules brought in."""

from __future__ import annotations

from pathlib import Path

import pytest

from detections._import import bring_in, summary
from detections._rules import ruleset
from soc.context import Context
from soc.errors import InputError
from tests.detections.events import RULE
from tests.reference import reference

TEXT = """
title: {title}
id: 6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c000{number}
logsource: {{category: dns}}
detection: {{a: {{{field}: evil.test}}, condition: a}}
level: low
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_what_loads_is_copied_and_what_does_not_is_told(context: Context, tmp_path: Path) -> None:
    folder = tmp_path / "my rules"
    write(folder, "a/one.yml", TEXT.format(title="one", number=1, field="query"))
    write(folder, "two.yml", TEXT.format(title="two", number=2, field="nothing"))
    write(folder, "bad.yml", "title: [")
    write(folder, "own.yml", TEXT.format(title="own", number=3, field="query"))
    text = (folder / "own.yml").read_text("utf-8")
    write(folder, "own.yml", text.replace("6f4cbd27-1a4d-4f2c-9d5e-9d0a1a1c0003", RULE))

    value = summary(bring_in(context, folder), "en")

    assert (value["set"], value["files"], value["copied"]) == ("my-rules", 4, 2)
    assert value["states"] == {"active": 0, "inert": 1, "unsupported": 1, "disabled": 0}
    assert len(value["errors"]) == 2
    assert value["refused"] == [
        f"{folder / 'two.yml'}: field: 'nothing': no column of dns holds it: name one of the schema"
    ]
    assert (context.store.home / "rules" / "my-rules" / "a" / "one.yml").is_file()
    assert {rule.title for rule in ruleset(context).rules if rule.ruleset == "my-rules"} == {
        "one",
        "two",
    }


def test_a_set_is_replaced_as_a_whole(context: Context, tmp_path: Path) -> None:
    write(tmp_path / "s", "one.yml", TEXT.format(title="one", number=1, field="query"))
    bring_in(context, tmp_path / "s")
    (tmp_path / "s" / "one.yml").unlink()
    write(tmp_path / "s", "two.yml", TEXT.format(title="two", number=2, field="query"))

    bring_in(context, tmp_path / "s")

    titles = {rule.title for rule in ruleset(context).rules if rule.ruleset == "s"}
    assert titles == {"two"}


def test_a_link_out_of_the_folder_is_not_followed(context: Context, tmp_path: Path) -> None:
    write(tmp_path, "secret.yml", TEXT.format(title="x", number=1, field="query"))
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "link.yml").symlink_to(tmp_path / "secret.yml")

    with pytest.raises(InputError, match=r"no \.yml"):
        bring_in(context, tmp_path / "s")


def test_a_folder_that_is_none_is_named(context: Context, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        bring_in(context, tmp_path / "none")


def test_a_name_never_leads_out_of_the_home(context: Context, tmp_path: Path) -> None:
    write(tmp_path / "s", "one.yml", TEXT.format(title="one", number=1, field="query"))

    found = bring_in(context, tmp_path / "s", "../../outside")

    assert found.name == "outside"
    assert (context.store.home / "rules" / "outside" / "one.yml").is_file()


def test_the_public_rules_are_all_accounted_for(context: Context) -> None:
    value = summary(bring_in(context, reference("sigma"), "sigmahq"), "zh")

    assert (value["files"], value["copied"], value["errors"]) == (136, 136, [])
    assert (value["inert"], value["unsupported"]) == (133, 3)
    assert all(entry["reason"] for entry in value["rules"])
