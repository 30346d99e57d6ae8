from __future__ import annotations

import io
import json
import logging

import pytest

from soc import logs
from soc.errors import ConfigError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_is_one_ecs_document_where_nobody_looks() -> None:
    stream = io.StringIO()
    logs.configure("info", stream)

    logging.getLogger("soc.test").info("collected", extra={"soc.stored": 3})

    document = json.loads(stream.getvalue())
    assert (document["message"], document["log.level"], document["soc.stored"]) == (
        "collected",
        "info",
        3,
    )


def test_a_line_break_in_a_fact_stays_inside_its_document() -> None:
    stream = io.StringIO()
    logs.configure("info", stream)

    logging.getLogger("soc.test").info("collected", extra={"file.path": "a\nb"})

    assert len(stream.getvalue().splitlines()) == 1


def test_a_terminal_gets_text_for_people() -> None:
    stream = Terminal()
    logs.configure("info", stream)

    logging.getLogger("soc.test").info("collected", extra={"soc.stored": 3})

    assert stream.getvalue().rstrip().endswith("info    collected soc.stored=3")


def test_our_info_lines_are_left_out_unless_asked_for() -> None:
    stream = io.StringIO()
    logs.configure("warning", stream)

    logging.getLogger("soc.test").info("collected")

    assert stream.getvalue() == ""


def test_an_error_carries_its_traceback() -> None:
    stream = io.StringIO()
    logs.configure("warning", stream)

    try:
        raise ValueError("odd")
    except ValueError:
        logging.getLogger("soc.test").exception("failed")

    assert "ValueError: odd" in json.loads(stream.getvalue())["error.stack_trace"]


def test_a_level_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match="'loud': use one of debug, info, warning, error"):
        logs.configure("loud")
