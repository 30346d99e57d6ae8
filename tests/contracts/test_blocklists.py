"""What every blocklist format promises; each file under ``playbooks/blocklists`` is walked."""

from __future__ import annotations

import inspect
import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import playbooks.blocklists
from playbooks.blocklists import Entry
from soc import plugins
from soc.errors import InputError
from soc.net import Network, network

if TYPE_CHECKING:
    from playbooks.blocklists import Blocklist
    from soc.context import Context

FAMILY = "playbooks.blocklists"
NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
FORMATS = plugins.names(FAMILY)

V4 = st.builds(
    lambda value, length: Network(4, value >> (32 - length) << (32 - length), length),
    st.integers(0xC6120000, 0xC613FFFF),
    st.integers(16, 32),
)
V6 = st.builds(
    lambda value, length: Network(6, value >> (128 - length) << (128 - length), length),
    st.integers(0x20010DB8 << 96, (0x20010DB9 << 96) - 1),
    st.integers(32, 128),
)
ENDS = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=400)).map(NOW.__add__)
ENTRIES = st.lists(
    st.builds(Entry, V4 | V6, ENDS, st.text(max_size=20), st.text(max_size=20)),
    max_size=12,
    unique_by=lambda entry: entry.network,
)


def blocklist(name: str) -> Blocklist:
    return cast("Blocklist", plugins.load(FAMILY, name))


def entry(text: str) -> Entry:
    return Entry(network(text), NOW + timedelta(days=7))


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is_and_what_it_takes(name: str) -> None:
    module = plugins.load(FAMILY, name)

    assert inspect.getdoc(module)
    assert module.SUFFIX.startswith(".")
    assert module.CAPACITY is None or module.CAPACITY > 0
    assert inspect.getdoc(module.render)
    assert inspect.getdoc(module.parse)
    assert list(inspect.signature(module.render).parameters) == ["entries", "at", "version"]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60)
@given(entries=ENTRIES)
def test_what_is_rendered_parses_to_the_same_networks(name: str, entries: list[Entry]) -> None:
    module = blocklist(name)

    text = module.render(entries, NOW, 2026000001)

    assert sorted(module.parse(text)) == sorted(e.network for e in entries)


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_the_entries_does_not_change_a_byte(name: str) -> None:
    entries = [entry("203.0.113.9"), entry("2001:db8::/48"), entry("198.51.100.0/25")]
    module = blocklist(name)

    assert module.render(entries, NOW, 1) == module.render(entries[::-1], NOW, 1)


@pytest.mark.parametrize("name", FORMATS)
def test_text_ends_its_lines_with_a_line_feed_and_has_a_mark_only_where_it_says_so(
    name: str,
) -> None:
    module = blocklist(name)

    text = module.render([replace(entry("203.0.113.9"), reason="a\r\nb")], NOW, 1)

    if isinstance(text, str):
        assert text.endswith("\n")
        assert "\r" not in text
        assert text.startswith("\ufeff") == getattr(module, "BOM", False)
    else:
        assert text == module.render([replace(entry("203.0.113.9"), reason="a\r\nb")], NOW, 1)


def edited(rendered: str | bytes, old: str, new: str) -> str | bytes:
    """The file with a text changed, in every part of an archive."""
    if isinstance(rendered, str):
        return rendered.replace(old, new)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(rendered)) as given, zipfile.ZipFile(made, "w") as kept:
        for info in given.infolist():
            kept.writestr(info, given.read(info).replace(old.encode(), new.encode()))
    return made.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_list_is_a_list_too(name: str) -> None:
    module = blocklist(name)

    assert module.parse(module.render([], NOW, 1)) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "line",
    [
        "1.2.3",
        "example.invalid",
        "203.0.113.1; drop",
        "203.0.113.01",
        "２03.0.113.1",
        "203.0.113.1/24",
    ],
)
def test_a_poisoned_line_is_refused_whole(name: str, line: str) -> None:
    module = blocklist(name)
    text = edited(module.render([entry("203.0.113.9")], NOW, 1), "203.0.113.9", line)

    with pytest.raises(InputError):
        module.parse(text)


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.text(max_size=60))
def test_no_text_parses_to_anything_but_networks_or_our_error(name: str, text: str) -> None:
    module = blocklist(name)
    is_text = isinstance(module.render([], NOW, 1), str)
    try:
        found = module.parse(text if is_text else text.encode())
    except InputError:
        return
    assert all(isinstance(item, Network) for item in found)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as files of the family."""
    places = playbooks.blocklists.__path__
    places.append(str(tmp_path))
    yield tmp_path
    places.remove(str(tmp_path))
    monkeypatch.delitem(sys.modules, f"{FAMILY}.copied", raising=False)


def test_a_new_file_is_a_new_format_without_any_other_edit(folder: Path, context: Context) -> None:
    source = inspect.getsource(plugins.load(FAMILY, "plain")).replace('".txt"', '".lst"')
    (folder / "copied.py").write_text(source, encoding="utf-8")

    outcome = context.jobs.run("block export", {"formats": ["copied"]}, context)

    assert "copied" in plugins.names(FAMILY)
    assert Path(outcome.value["lists"][0]["path"]).name == "blocklist.lst"
