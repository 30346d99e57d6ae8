from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from soc.config import Config, Settings, read, shown
from soc.errors import ConfigError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "soc.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_gives_the_settings_that_it_names(tmp_path: Path) -> None:
    path = write(tmp_path, '[site]\nname = "澜汀区"\n[scope]\nscan = ["127.0.0.0/8"]\n')

    config = read(path, {})

    assert (config.site.name, config.scope.scan) == ("澜汀区", ("127.0.0.0/8",))


def test_an_unknown_key_is_one_line_with_file_and_key(tmp_path: Path) -> None:
    path = write(tmp_path, '[site]\nnmae = "x"\n')

    with pytest.raises(ConfigError) as caught:
        read(path, {})

    assert str(caught.value) == f"{path}: site.nmae: unknown key; remove it or mend its spelling"


def test_a_wrong_value_is_told_with_key_and_value(tmp_path: Path) -> None:
    path = write(tmp_path, '[site]\ntime_zone = "Mars/Olympus"\n')

    with pytest.raises(ConfigError, match=r"site.time_zone: 'Mars/Olympus'"):
        read(path, {})


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "[site\n")

    with pytest.raises(ConfigError, match=r"is no TOML: .*line 1"):
        read(path, {})


def test_the_environment_overrides_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, '[site]\nlanguage = "zh"\nname = "澜汀区"\n')
    monkeypatch.setenv("SOC_SITE__LANGUAGE", "en")

    config = read(path, {})

    assert (config.site.language, config.site.name) == ("en", "澜汀区")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[site]\ncode = "lt"\n')

    config = read(environment={"SOC_CONFIG": str(path)})

    assert config.site.code == "lt"


class Own(Settings):
    speed: int = Field(default=3, description="How fast")


def test_a_plugin_validates_its_own_table() -> None:
    config = Config(scanners={"own": {"speed": 5}})

    assert config.plugin("scanners.own", Own).speed == 5


def test_a_plugin_without_a_table_has_its_defaults() -> None:
    assert Config().plugin("scanners.own", Own).speed == 3


def test_an_unknown_key_of_a_plugin_names_table_and_key() -> None:
    config = Config(scanners={"own": {"spede": 5}})

    with pytest.raises(ConfigError, match=r"settings: scanners.own: spede: unknown key"):
        config.plugin("scanners.own", Own)


def test_secrets_are_hidden_when_shown() -> None:
    config = Config(collectors={"edge": {"type": "netflow", "password": "geheim"}})

    assert shown(config)["collectors"]["edge"] == {"type": "netflow", "password": "********"}


def test_records_on_the_cluster_need_its_engine(tmp_path: Path) -> None:
    alone = '[store]\nrecords = "elasticsearch"\n'
    whole = '[store]\nengine = "elasticsearch"\nrecords = "elasticsearch"\n'

    with pytest.raises(ConfigError, match=r"store.records: 'elasticsearch': .*needs engine ="):
        read(write(tmp_path, alone), {})
    assert read(write(tmp_path, whole), {}).store.records == "elasticsearch"
