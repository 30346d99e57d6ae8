from __future__ import annotations

from typing import Any

import pytest

from collectors.suricata import Settings as Suricata
from scanners.nmap import Settings as Nmap
from soc._tables import tables
from soc.config import Config
from soc.errors import ConfigError


def config(**families: Any) -> Config:
    return Config(**families)


def test_a_table_belongs_to_the_module_of_its_name() -> None:
    assert tables(config(scanners={"nmap": {"max_rate": 9}})) == {"scanners.nmap": Nmap}


def test_a_collector_bears_a_name_of_its_own_and_its_type_picks_the_module() -> None:
    found = tables(config(collectors={"edge": {"type": "suricata"}}))

    assert found == {"collectors.edge": Suricata}


def test_without_tables_nothing_is_owned() -> None:
    assert tables(config()) == {}


@pytest.mark.parametrize(
    ("families", "line"),
    [
        ({"scanners": {"nmpa": {}}}, r"settings: scanners\.nmpa: no plug-in has this table"),
        ({"collectors": {"edge": {}}}, r"collectors\.edge\.type: None: names no collector"),
        ({"collectors": {"edge": {"type": "surikata"}}}, r"'surikata': names no collector"),
        ({"collectors": {"edge": {"type": "net.flow"}}}, r"'net.flow': names no collector"),
        ({"scanners": {"nmap.fast": {}}}, r"scanners\.nmap\.fast: no plug-in has this table"),
        ({"scanners": {"no.such": {}}}, r"scanners\.no\.such: no plug-in has this table"),
        ({"reports": {"formats": {"html": {"a": 1}}}}, "this plug-in takes no settings"),
    ],
)
def test_a_table_that_no_plug_in_owns_is_refused_with_its_name(
    families: dict[str, Any], line: str
) -> None:
    with pytest.raises(ConfigError, match=line):
        tables(config(**families))
