from __future__ import annotations

import sys
from pathlib import Path

import pytest

from soc import plugins
from soc.errors import ConfigError


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "made_up_family"
    folder.mkdir()
    for name in ("__init__", "zeta", "alpha", "_helper"):
        (folder / f"{name}.py").write_text("", encoding="utf-8")
    (folder / "broken.py").write_text("import no_such_library_anywhere\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for module in [name for name in sys.modules if name.startswith("made_up_family")]:
        monkeypatch.delitem(sys.modules, module)
    return "made_up_family"


def test_plugins_are_the_public_modules_by_name(family: str) -> None:
    assert plugins.names(family) == ["alpha", "broken", "zeta"]


def test_a_missing_library_breaks_one_plugin_and_says_which(family: str) -> None:
    with pytest.raises(ConfigError, match="needs 'no_such_library_anywhere'"):
        plugins.load(family, "broken")


def test_an_unknown_plugin_is_told_with_the_known_ones(family: str) -> None:
    with pytest.raises(ConfigError, match="'beta' is not one of alpha, broken, zeta"):
        plugins.load(family, "beta")


def test_a_helper_is_no_plugin(family: str) -> None:
    with pytest.raises(ConfigError):
        plugins.load(family, "_helper")
