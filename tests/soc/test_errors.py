from __future__ import annotations

import inspect
import re

from soc import errors


def test_the_drawn_tree_names_every_class_with_its_exit_code() -> None:
    drawn = dict(re.findall(r"^\s+(\w+)\s+(\d)\s", errors.__doc__ or "", flags=re.MULTILINE))
    classes = (c for _, c in inspect.getmembers(errors, inspect.isclass))
    ours = {c.__name__: str(c.exit_code) for c in classes if issubclass(c, errors.SocError)}

    assert drawn == ours


def test_a_message_is_one_line_whatever_the_value_held() -> None:
    error = errors.InputError("row 3: 'a\nb\tc': write one value")

    assert str(error) == "row 3: 'a b c': write one value"
