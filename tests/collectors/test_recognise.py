from __future__ import annotations

from pathlib import Path

import pytest

from collectors import _recognise
from collectors._recognise import recognised
from soc.errors import InputError
from tests.collectors.test_run import line


class Everything:
    @staticmethod
    def recognise(head: bytes, name: str) -> bool:
        return True


def test_a_format_is_told_by_content(tmp_path: Path) -> None:
    path = tmp_path / "anything.csv"
    path.write_bytes(line(1))

    assert recognised(path) == "suricata"


def test_an_unknown_file_is_told_with_the_formats_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x01")

    with pytest.raises(InputError, match=r"--as, one of .*suricata"):
        recognised(path)


def test_a_file_that_two_collectors_claim_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x01")
    monkeypatch.setattr(_recognise, "_loaded", lambda: [("a", Everything), ("b", Everything)])

    with pytest.raises(InputError, match="fits several formats: name it with --as, one of a, b"):
        recognised(path)
