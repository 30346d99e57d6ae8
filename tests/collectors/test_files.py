from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from collectors._files import head, keyed, opened
from soc.context import Context
from soc.errors import InputError


def test_the_head_is_the_first_64_kib(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 70_000)

    assert len(head(path)) == 65_536


def test_a_packed_file_shows_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"hello"))

    assert head(path) == b"hello"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match="no regular file"):
        head(tmp_path / "pipe")


@pytest.mark.parametrize("cut", [4, 12, 20])
def test_broken_gzip_is_one_clear_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(os.urandom(200))[:cut])

    with pytest.raises(InputError, match="broken gzip"):
        head(path)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    with gzip.open(path, "wb", compresslevel=9) as packed:
        for _ in range(160):
            packed.write(bytes(1 << 20))

    def read_all() -> None:
        with opened(path) as stream:
            while stream.read(1 << 20):
                pass

    with pytest.raises(InputError, match="times its size"):
        read_all()


def test_a_file_over_the_limit_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(2 << 20))

    with pytest.raises(InputError, match="split it"), opened(path, limit_bytes=1 << 20):
        pass


def test_a_file_is_known_by_its_content(context: Context, tmp_path: Path) -> None:
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(content)

    keys = [keyed(tmp_path / name, context).key for name in "abc"]

    assert keys[0] == keys[1] != keys[2]
