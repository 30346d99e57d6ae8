"""Positions: kept as a whole or not at all, and one shipper a home."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.store._ship_place import Home, Known, Place, plain, replace

KNOWN = Known(Place(3, 40), Place(5), 7, 1_790_000_000_000_000)


def test_places_follow_the_log() -> None:
    assert Place(3) < Place(3, 40) < Place(4) < Place(4, 1)
    assert KNOWN.uncertain
    assert not Known(Place(5), Place(5)).uncertain


def test_what_is_kept_is_known_after_a_restart(tmp_path: Path) -> None:
    Home(tmp_path, "one").keep("flow", KNOWN)

    assert Home(tmp_path, "one").known("flow") == KNOWN
    assert Home(tmp_path, "one").known("dns") is None
    assert Home(tmp_path, "two").known("flow") is None


def test_a_damaged_position_is_refused_and_named(tmp_path: Path) -> None:
    home = Home(tmp_path, "one")
    home.keep("flow", KNOWN)
    path = home.folder / "flow.position"
    path.write_bytes(path.read_bytes()[:20])

    with pytest.raises(StoreError, match=r"flow\.position: is damaged: delete it"):
        home.known("flow")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path, "one")
    home.keep("flow", KNOWN)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left on device: make room"):
        home.keep("flow", Known(Place(9)))

    assert home.known("flow") == KNOWN
    assert [path.name for path in home.folder.iterdir()] == ["flow.position"]


def test_one_process_ships_from_a_home(tmp_path: Path) -> None:
    home = Home(tmp_path, "one")
    with home.held():
        assert home.is_held()
        with pytest.raises(Conflict, match="another process ships"), home.held():
            pass
        with Home(tmp_path, "two").held():
            assert home.is_held()
    assert not home.is_held()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    held = (
        "import os, signal, sys; from pathlib import Path;"
        "from soc.store._ship_place import Home;"
        "h = Home(Path(sys.argv[1]), 'one').held(); h.__enter__();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", held, str(tmp_path)], check=False)

    assert done.returncode == -9
    assert not Home(tmp_path, "one").is_held()
    with Home(tmp_path, "one").held():
        assert (tmp_path / "ship" / "one" / "lock").is_file()


def test_what_is_no_json_says_nothing(tmp_path: Path) -> None:
    replace(tmp_path / "half", b'{"pid": 1')
    replace(tmp_path / "whole", b'{"pid": 1}', durable=False)

    assert plain(tmp_path / "half") is None
    assert plain(tmp_path / "absent") is None
    assert plain(tmp_path / "whole") == {"pid": 1}
