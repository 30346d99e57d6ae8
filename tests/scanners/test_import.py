from __future__ import annotations

from pathlib import Path

import pytest

from scanners._import import import_all, import_xml
from soc.context import Context
from soc.errors import InputError
from tests import fake_nmap


def made(path: Path, *ports: int) -> Path:
    path.write_text(fake_nmap.document(fake_nmap.host("192.0.2.7", *ports)), encoding="utf-8")
    return path


def test_a_file_is_stored_once_whatever_it_is_called(context: Context, tmp_path: Path) -> None:
    first = import_xml(made(tmp_path / "scan.xml", 22, 80), context)
    again = import_xml(made(tmp_path / "copy.xml", 22, 80), context)

    assert (first["whole"], first["hosts"], first["open"], first["stored"]) == (True, 1, 2, 3)
    assert again == {**first, "file": str(tmp_path / "copy.xml"), "stored": 0}


def test_a_file_that_was_cut_off_is_stored_up_to_the_cut_and_says_so(
    context: Context, tmp_path: Path
) -> None:
    path = made(tmp_path / "scan.xml", 80)
    path.write_text(path.read_text().replace(fake_nmap.TAIL, ""))

    value = import_xml(path, context)

    assert (value["whole"], value["hosts"]) == (False, 1)
    assert value["errors"] == [
        f"{path}: breaks off after 1 hosts, which are kept: export it again with nmap -oX"
    ]


def test_a_file_that_is_not_there_is_one_line(context: Context, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.xml: "):
        import_xml(tmp_path / "none.xml", context)


def test_the_job_takes_several_files_and_adds_them_up(context: Context, tmp_path: Path) -> None:
    paths = [made(tmp_path / "a.xml", 22), made(tmp_path / "b.xml", 22, 80)]

    outcome = import_all(paths, context)

    assert (outcome.result, outcome.value["files"], outcome.value["open"]) == ("done", 2, 3)
