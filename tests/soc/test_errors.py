from __future__ import annotations

import inspect
import re

from soc import errors


def test_the_drawn_tree_names_every_class_with_its_exit_code() -> None:
    drawn = dict(re.findall(r"^\s+(\w+)\s+(\d)\s", errors.__doc__ or "", flags=re.MULTILINE))
    classes = inspect.getmembers(errors, inspect.isclass)

    assert drawn == {name: str(kind.exit_code) for name, kind in classes}


def test_a_message_is_one_line_whatever_the_value_held() -> None:
    error = errors.InputError("row 3: 'a\nb\tc': write one value")

    assert str(error) == "row 3: 'a b c': write one value"
