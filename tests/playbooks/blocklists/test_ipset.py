"""The ipset file, read by the real ``ipset`` in a network namespace that is thrown away."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playbooks.blocklists import Entry, ipset
from soc.errors import InputError
from soc.net import network
from tests.playbooks.blocklists.test_nftables import apart, entry

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)


def loaded(script: str, *paths: Path) -> str:
    if shutil.which("ipset") is None:
        pytest.skip("ipset is not installed")
    return apart(script, *paths)


def written(path: Path, *entries: Entry) -> Path:
    path.write_text(ipset.render(entries, NOW, 1), encoding="utf-8")
    return path


def test_the_real_ipset_holds_every_element_with_its_timeout(tmp_path: Path) -> None:
    entries = [entry(f"198.18.{n // 200}.{n % 200 + 1}") for n in range(2000)]
    path = written(
        tmp_path / "a", *entries, entry("2001:db8::/48", 7.001), entry("203.0.113.0/25", 90)
    )

    told = loaded('ipset -file "$1" restore; ipset save', path)

    assert sum(line.startswith("add soc_block4 ") for line in told.splitlines()) == 2001
    assert "add soc_block6 2001:db8::/48 timeout 604" in told
    assert "add soc_block4 203.0.113.0/25 timeout 214748" in told
    assert "soc_new" not in told


def test_loading_again_replaces_the_elements_even_after_one_that_broke_off(
    tmp_path: Path,
) -> None:
    first = written(tmp_path / "a", entry("203.0.113.0/24"), entry("203.0.113.9"))
    broken = tmp_path / "b"
    broken.write_text(
        first.read_text().replace("add soc_new4 203.0.113.9", "add soc_new4 nonsense")
    )
    second = written(tmp_path / "c", entry("192.0.2.7"))
    script = """
        ipset -file "$1" restore
        if ipset -file "$2" restore 2>"$4"; then echo taken; fi
        ipset save soc_block4 | grep -c add
        ipset -file "$3" restore; ipset -file "$3" restore
        ipset save soc_block4 | grep add
    """

    told = loaded(script, first, broken, second, tmp_path / "errors").splitlines()

    assert told[0] == "2"
    assert told[1].startswith("add soc_block4 192.0.2.7 timeout ")
    assert len(told) == 2


def test_a_timeout_that_the_kernel_refuses_is_cut_and_the_file_says_so() -> None:
    text = ipset.render([entry("203.0.113.7", 30), entry("203.0.113.9", 20)], NOW, 1)

    assert "add soc_new4 203.0.113.7 timeout 2147483\n" in text
    assert "add soc_new4 203.0.113.9 timeout 1728000\n" in text
    assert text.splitlines()[0].endswith(", 1 timeouts cut to 2147483 s: publish again before")


def test_the_first_line_says_until_when_anything_of_it_stands() -> None:
    text = ipset.render([entry("203.0.113.7", 2), entry("203.0.113.9", 1)], NOW, 1)

    assert "valid until 2026-03-20T01:00:00Z" in text.splitlines()[0]


@pytest.mark.parametrize("found", [entry("203.0.113.7", 0), Entry(network("0.0.0.0/0"))])
def test_what_has_ended_or_is_everything_reaches_no_device(found: Entry) -> None:
    with pytest.raises(InputError, match="leave it out"):
        ipset.render([found], NOW, 1)


def test_a_file_whose_frame_was_changed_is_not_read() -> None:
    text = ipset.render([Entry(network("203.0.113.7"), NOW + timedelta(days=1))], NOW, 1)

    for changed in (text.replace("swap", "flush"), text[:-3], text.replace("soc_new4 2", "x 2")):
        with pytest.raises(InputError):
            ipset.parse(changed)
