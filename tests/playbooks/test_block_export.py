"""Lists: what is on them, what never is, and how they lie on disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks import block
from playbooks._block_effective import effective, vanished, within
from playbooks._block_files import publish
from playbooks._block_overlay import overlaid
from playbooks.blocklists import Entry
from soc import plugins
from soc.actor import Actor
from soc.errors import ConfigError, ScopeError, StoreError
from soc.estate import Estate
from soc.net import Network, merge, network
from soc.records import Author, make_id
from soc.records.block import Block
from soc.scope import Guard, Scope
from soc.store import Change

if TYPE_CHECKING:
    from soc.context import Context
    from tests.conftest import SetClock

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FREE = Scope([], [], Estate())


def made(prefix: str, *, days: float = 7, state: str = "approved") -> Block:
    return Block(
        id=Block.key("lt", prefix, "both", "border"),
        no=f"FD-{prefix}",
        state=state,
        at=NOW,
        author=Author(login="first"),
        prefix=prefix,
        direction="both",
        scope="border",
        proposed_by="first",
        approved_by="tester",
        expires_at=NOW + days * DAY,
    )


_WAY = {"approved": (), "released": ("released",), "active": ("exported", "active")}


def store(context: Context, *blocks: Block) -> None:
    """The blocks in their state, by the steps that lead there."""
    for wanted in blocks:
        fresh = replace(wanted, state="proposed", approved_by=None)
        steps = [fresh]
        if wanted.state != "proposed":
            steps.append(replace(wanted, state="approved", author=Author(login="tester")))
            steps += [replace(steps[1], state=state) for state in _WAY[wanted.state]]
        ids = [make_id("lt", "c", wanted.id, n) for n in range(len(steps))]
        for id, step in zip(ids, steps, strict=True):
            context.store.records.apply([Change(id, step)])


def exported(context: Context, **params: Any) -> dict[str, Any]:
    return dict(context.jobs.run("block export", params, context).value)


def lines(value: dict[str, Any]) -> list[str]:
    return Path(value["lists"][0]["path"]).read_text(encoding="utf-8").splitlines()


def stored(context: Context, prefix: str) -> Block:
    return block.found(context, [prefix])[0]


def test_only_what_is_approved_and_has_not_ended_is_on_the_list(context: Context) -> None:
    store(
        context,
        made("203.0.113.1"),
        made("203.0.113.2", state="proposed"),
        made("203.0.113.3", days=-1),
        made("203.0.113.4", state="released"),
        made("203.0.113.5", state="active"),
        made("2001:db8::7"),
    )

    assert lines(exported(context)) == ["203.0.113.1", "203.0.113.5", "2001:db8::7"]


def test_a_block_without_an_end_is_never_on_the_list() -> None:
    endless = replace(made("203.0.113.1"), expires_at=None)

    assert effective([endless], FREE, NOW).entries == ()


def test_after_an_export_the_records_say_so_and_what_has_ended_is_expired(context: Context) -> None:
    store(context, made("203.0.113.1"), made("203.0.113.3", days=-1))

    value = exported(context)

    on_list, ended = stored(context, "203.0.113.1"), stored(context, "203.0.113.3")
    assert (on_list.state, on_list.list_version) == ("exported", str(value["version"]))
    assert [span.start for span in on_list.periods] == [context.clock.now()]
    assert ended.state == "expired"


def test_adjoining_networks_are_merged_exactly(context: Context) -> None:
    store(context, made("203.0.113.0/25"), made("203.0.113.128/25", days=30), made("192.0.2.1"))

    assert lines(exported(context)) == ["192.0.2.1", "203.0.113.0/24"]


def test_the_same_state_gives_the_same_bytes_and_the_same_version(context: Context) -> None:
    store(context, made("203.0.113.1"), made("2001:db8::/48"))
    formats = {"formats": ["plain", "nftables"]}

    first, again = exported(context, **formats), exported(context, **formats)

    assert first["version"] == again["version"] == 2026000001
    assert [f["sha256"] for f in first["lists"]] == [f["sha256"] for f in again["lists"]]
    assert [f["is_changed"] for f in again["lists"]] == [False, False]


def test_another_list_is_the_next_version_and_the_one_before_is_kept(context: Context) -> None:
    store(context, made("203.0.113.1"))
    first = exported(context)
    store(context, made("203.0.113.9"))

    later = exported(context)

    assert later["version"] == first["version"] + 1
    previous = Path(later["lists"][0]["previous"])
    assert previous.read_text(encoding="utf-8") == "203.0.113.1\n"


def test_beside_the_list_lies_its_digest(context: Context) -> None:
    store(context, made("203.0.113.1"))

    file = exported(context)["lists"][0]

    digest = sha256(Path(file["path"]).read_bytes()).hexdigest()
    assert file["sha256"] == digest
    assert Path(file["sha256_path"]).read_text(encoding="utf-8") == f"{digest}  blocklist.txt\n"


def test_the_files_go_to_the_folder_that_was_named(context: Context, tmp_path: Path) -> None:
    store(context, made("203.0.113.1"))

    value = exported(context, out=tmp_path / "lists", formats=["nftables"])

    assert sorted(path.name for path in (tmp_path / "lists").iterdir()) == [
        "blocklist.nft",
        "blocklist.nft.sha256",
    ]
    assert value["lists"][0]["format"] == "nftables"


def test_guards_are_subtracted_again_at_the_export(context: Context) -> None:
    store(context, made("203.0.113.0/29"))
    guarded = Scope.read((), ("203.0.113.5",), context.estate)

    value = exported(replace(context, scope=guarded))

    assert lines(value) == ["203.0.113.0/30", "203.0.113.4", "203.0.113.6/31"]
    assert value["removed"] == [
        {"network": "203.0.113.0/29", "guard": "[estate] never_block", "overlap": "203.0.113.5"}
    ]


def test_a_list_that_lost_many_entries_is_refused_unless_it_is_meant(context: Context) -> None:
    store(context, made("203.0.113.1"), made("203.0.113.3"), made("203.0.113.5"))
    first = exported(context)
    block.release(context, ["203.0.113.1"], "wrong")

    with pytest.raises(ScopeError, match="--allow-shrink"):
        exported(context)

    assert lines(first) == ["203.0.113.1", "203.0.113.3", "203.0.113.5"]
    assert lines(exported(context, allow_shrink=True)) == ["203.0.113.3", "203.0.113.5"]


def test_a_list_shrinks_freely_where_time_is_up(context: Context, clock: SetClock) -> None:
    store(context, made("203.0.113.1", days=1), made("203.0.113.3", days=1), made("203.0.113.5"))
    exported(context)
    clock.advance(days=2)

    assert lines(exported(context)) == ["203.0.113.5"]


def test_merging_is_no_loss() -> None:
    before = [Entry(network("203.0.113.0")), Entry(network("203.0.113.1"))]

    assert vanished(before, [Entry(network("203.0.113.0/31"))], NOW) == []


def test_an_export_as_of_a_later_day_leaves_out_what_ends_before(context: Context) -> None:
    store(context, made("203.0.113.1", days=1), made("203.0.113.5"))

    value = exported(context, as_of=NOW + 2 * DAY)

    assert lines(value) == ["203.0.113.5"]
    assert stored(context, "203.0.113.1").state == "approved"


def test_without_the_right_nothing_is_exported(context: Context) -> None:
    guest = replace(context, actor=Actor("guest", None, frozenset(), "cli", "test"))

    with pytest.raises(ScopeError, match="may not block"):
        exported(guest)

    last = list(context.store.audit.entries())[-2:]
    assert ("refused", "export", "guest") in [
        (entry["action"], entry.get("wanted"), entry.get("login")) for entry in last
    ]


def test_a_format_that_does_not_exist_is_an_error(context: Context) -> None:
    with pytest.raises(ConfigError, match="csv, ipset, nftables, plain, xlsx"):
        exported(context, formats=["carrier-pigeon"])


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match="--out"):
        publish(tmp_path / "file", ".txt", "203.0.113.1\n")


def test_a_consumer_with_a_limit_gets_the_entries_that_end_last() -> None:
    entries = [Entry(network(f"203.0.113.{n}"), NOW + n * DAY) for n in range(1, 5)]

    assert [str(entry.network) for entry in within(entries, 2)] == ["203.0.113.3", "203.0.113.4"]


def test_an_address_in_two_blocks_stands_until_the_later_end() -> None:
    wide, narrow = made("203.0.113.0/30", days=1), made("203.0.113.1", days=9)

    found = effective([wide, narrow], FREE, NOW).entries

    assert [(str(e.network), e.expires_at) for e in found] == [
        ("203.0.113.0", NOW + DAY),
        ("203.0.113.1", NOW + 9 * DAY),
        ("203.0.113.2/31", NOW + DAY),
    ]


PIECES = st.lists(
    st.builds(
        lambda first, size, day: (first, first + size, NOW + day * DAY),
        st.integers(0, 40),
        st.integers(0, 15),
        st.integers(1, 4),
    ),
    max_size=8,
)


@given(PIECES)
def test_an_overlay_gives_each_address_its_latest_end(
    pieces: list[tuple[int, int, datetime]],
) -> None:
    wanted: dict[int, datetime] = {}
    for first, last, end in pieces:
        for address in range(first, last + 1):
            wanted[address] = max(end, wanted.get(address, end))

    found = overlaid(pieces)

    told = [(n, end) for first, last, end in found for n in range(first, last + 1)]
    assert told == sorted(wanted.items())


def _networks(family: int, base: int, bits: int, narrow: int) -> st.SearchStrategy[Network]:
    return st.builds(
        lambda value, length: Network(family, value >> (bits - length) << (bits - length), length),
        st.integers(base, base + (1 << (bits - narrow)) - 1),
        st.integers(narrow, bits),
    )


V4 = _networks(4, 0xC6120000, 32, 16)
V6 = _networks(6, 0x20010DB8 << 96, 128, 32)
ANY = st.lists(V4 | V6, max_size=10)


@settings(max_examples=120)
@given(ANY, ANY, st.lists(st.integers(1, 3), min_size=10, max_size=10))
def test_no_entry_of_any_format_ever_overlaps_a_guard(
    guards: list[Network], proposals: Sequence[Network], days: list[int]
) -> None:
    scope = Scope([], [Guard("g", tuple(guards))], Estate())
    blocks = [made(str(n), days=d) for n, d in zip(proposals, days, strict=False)]

    found = effective(blocks, scope, NOW)

    for name in plugins.names("playbooks.blocklists"):
        module: Any = plugins.load("playbooks.blocklists", name)
        told = module.parse(module.render(found.entries, NOW, 1))
        assert not any(entry.overlaps(guard) for entry in told for guard in guards)
        assert merge(told) == merge(scope.blockable(proposals).allowed)


TWO_HUNDRED_THOUSAND = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from playbooks import _block_effective as work, _block_files as files
from playbooks.blocklists import csv, ipset, nftables, plain, xlsx
from soc.estate import Estate
from soc.records import Author
from soc.records.block import Block, BlockReason
from soc.scope import Scope

NOW, AUTHOR = datetime(2026, 3, 18, 1, tzinfo=UTC), Author(login="first")

def address(n):
    if n % 10 == 0:
        return f"2001:db8:{n >> 16:x}:{n & 65535:x}::1"
    value = (198 << 24 | 18 << 16) + 3 * n
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))

def blocks():
    for n in range(200_000):
        reason = BlockReason(category="漏洞利用")
        yield Block(
            id=f"lt-block-{n:016x}", no=f"FD-2026-{n}", state="approved", at=NOW, author=AUTHOR,
            prefix=address(n), direction="both", scope="border", reasons=(reason,), hits=n,
            proposed_by="first", approved_by="second",
            expires_at=NOW + timedelta(days=1 + n % 40),
        )

found = work.effective(blocks(), Scope([], [], Estate()), NOW)
for module in (plain, nftables, ipset, csv, xlsx):
    entries = found.entries if module.EXPIRES else work.merged(found.entries)
    content = module.render(entries, NOW, 1)
    files.publish(Path(sys.argv[1]), module.SUFFIX, content)
status = Path("/proc/self/status").read_text()  # ru_maxrss would keep the peak of our parent
print(len(found.entries), int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def test_two_hundred_thousand_blocks_become_every_list_in_bounded_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWO_HUNDRED_THOUSAND, str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    entries, peak_mib = map(int, done.stdout.split())
    assert entries == 200_000
    assert peak_mib < 600
    assert len(list(tmp_path.glob("blocklist.*"))) == 10
