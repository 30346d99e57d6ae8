"""What was typed into firewalls by hand: registered as it is, warned about, on no list of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playbooks import block
from playbooks._block_import import read
from soc.actor import Actor
from soc.errors import InputError, ScopeError
from soc.scope import Scope
from tests.playbooks.test_block_export import exported, made, store, stored

if TYPE_CHECKING:
    from soc.context import Context


def imported(context: Context, folder: Path, content: str, **more: Any) -> dict[str, Any]:
    path = folder / "device.txt"
    path.write_text(content, encoding="utf-8")
    return block.import_blocks(context, path, "border-fw", **more)


def test_each_network_is_a_block_in_force_on_that_device(context: Context, tmp_path: Path) -> None:
    value = imported(context, tmp_path, "203.0.113.7\n198.51.100.0/25\n")

    found = stored(context, "203.0.113.7")
    assert (value["imported"], value["known"], value["errors"]) == (2, 0, [])
    assert (found.state, found.entered, found.origin) == ("active", "imported", "imported")
    assert (found.scope, found.targets[0].device) == ("border-fw", "border-fw")


def test_it_goes_on_no_list_of_ours_which_nobody_approved(context: Context, tmp_path: Path) -> None:
    store(context, made("192.0.2.1"))
    imported(context, tmp_path, "203.0.113.7\n", days=30)

    value = exported(context)

    path = Path(value["lists"][0]["path"])
    assert path.read_text(encoding="utf-8") == "192.0.2.1\n"


def test_importing_again_changes_nothing(context: Context, tmp_path: Path) -> None:
    imported(context, tmp_path, "203.0.113.7\n")

    value = imported(context, tmp_path, "203.0.113.7\n")

    assert (value["imported"], value["known"]) == (0, 1)
    assert stored(context, "203.0.113.7").revision == 1


def test_what_was_released_here_and_still_stands_there_is_told(
    context: Context, tmp_path: Path
) -> None:
    imported(context, tmp_path, "203.0.113.7\n")
    block.release(context, ["203.0.113.7"], "wrong")

    assert imported(context, tmp_path, "203.0.113.7\n")["stale"] == ["203.0.113.7"]


def test_a_guarded_network_is_kept_and_told_as_a_wrong_block(
    context: Context, tmp_path: Path
) -> None:
    guarded = replace(context, scope=Scope.read((), ("203.0.113.5",), context.estate))

    value = imported(guarded, tmp_path, "203.0.113.0/29\n")

    assert value["warnings"] == [
        {"network": "203.0.113.0/29", "guard": "[estate] never_block", "overlap": "203.0.113.5"}
    ]
    found = stored(context, "203.0.113.0/29")
    assert found.misblock is not None
    assert found.misblock.cause == "与保护对象重叠：配置的免封地址"


def test_lists_ranges_comments_and_sheets_are_read_and_the_rest_is_told() -> None:
    content = (
        "\ufeff序号,IP\r\n1,203.0.113.7,入侵\n; note\n198.51.100.0-198.51.100.3 # sweep\n"
        "203.0.113.1/24\nhost.example\n"
    )

    found, refused = read(content)

    assert [str(each) for each in found] == ["203.0.113.7", "198.51.100.0/30"]
    assert [(line.line, line.value) for line in refused] == [
        (5, "203.0.113.1/24"),
        (6, "host.example"),
    ]
    assert refused[0].remedy == "host bits are set; write 203.0.113.0/24"


def test_our_own_csv_can_be_read_back(context: Context) -> None:
    from playbooks.blocklists import Entry, csv
    from soc.net import network

    content = csv.render([Entry(network("2001:db8::/48"))], context.clock.now(), 1)

    assert read(content) == ([network("2001:db8::/48")], [])


def test_a_file_in_another_encoding_is_read(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "gb.csv"
    path.write_bytes("地址,备注\n203.0.113.7,扫描\n".encode("gb18030"))

    assert block.import_blocks(context, path, "fw")["imported"] == 1
    with pytest.raises(InputError, match="name another"):
        block.import_blocks(context, tmp_path / "absent", "fw")


def test_without_the_right_nothing_is_imported(context: Context, tmp_path: Path) -> None:
    guest = replace(context, actor=Actor("guest", None, frozenset(), "cli", "test"))

    with pytest.raises(ScopeError, match="may not block"):
        imported(guest, tmp_path, "203.0.113.7\n")
