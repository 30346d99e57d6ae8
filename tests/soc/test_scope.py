"""What may be scanned or blocked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc import _scope_guards
from soc._estate_claim import ZONE
from soc.config import EstateSettings, ScopeSettings
from soc.errors import ConfigError, ScopeError
from soc.estate import Claim, Estate, Owner
from soc.net import Network, network
from soc.records.authorization import Authorization
from soc.scope import TOO_WIDE, Authorized, Guard, Scope, guard_label
from soc.store import Change

if TYPE_CHECKING:
    from soc.config import Config
    from soc.context import Context

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def scope(*scan: str, **more: object) -> Scope:
    return Scope.read(scan, (), Estate(), **more)  # type: ignore[arg-type]


def guarding(*guards: str) -> Scope:
    return Scope.read((), guards, Estate())


def texts(networks: list[Network]) -> list[str]:
    return [str(found) for found in networks]


INJECTIONS = [
    "127.0.0.1 --script x",
    "127.0.0.1\t-sC",
    "-iL f",
    "-iL",
    "--script=vuln",
    "127.0.0.1;id",
    "127.0.0.1|id",
    "$(id)",
    "`id`",
    "127.0.0.1\n-oN /tmp/x",
    "127.0.0.1\r\n",
    "127.0.0.1\0",
    " 127.0.0.1",
    "127.0.0.1 ",
    "１２７.0.0.1",
    "127。0。0。1",
    "127.0.0.1／32",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.01",
    "2130706433",
    "127.1",
    "127.0.0",
    "127.0.0.1-9",
    "127.0.0.1-127.0.0.9",
    "127.0.0.*",
    "127.0.0.1,127.0.0.2",
    "127.0.0.1/+24",
    "127.0.0.1/8",
    "localhost",
    "example.invalid",
    "scanme.example.com/24",
    "fe80::1%lo",
    "[::1]",
    "::1/129",
    "http://127.0.0.1/",
    "",
    "/",
    "\u202e1.0.0.721",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_target_that_is_not_a_plain_address_or_prefix_is_refused(text: str) -> None:
    everything = scope("0.0.0.0/0", "::/0")

    with pytest.raises(ScopeError):
        everything.scannable([text], NOW)


@given(st.text(max_size=40))
def test_no_text_becomes_a_target_but_a_canonical_network(text: str) -> None:
    try:
        found = scope("0.0.0.0/0", "::/0").scannable([text], NOW)
    except ScopeError:
        return
    assert network(str(found[0].network)) == network(text)


def test_one_bad_target_refuses_the_whole_scan() -> None:
    with pytest.raises(ScopeError, match=r"198\.51\.100\.1"):
        scope("192.0.2.0/24").scannable(["192.0.2.1", "198.51.100.1"], NOW)


def test_targets_inside_the_scope_are_returned_in_their_order() -> None:
    found = scope("192.0.2.0/24", "2001:db8::/32").scannable(["2001:db8::7", "192.0.2.8/29"], NOW)

    assert [str(target.network) for target in found] == ["2001:db8::7", "192.0.2.8/29"]


def test_a_target_may_span_two_networks_of_the_scope_that_adjoin() -> None:
    found = scope("192.0.2.0/25", "192.0.2.128/25").scannable(["192.0.2.0/24"], NOW)

    assert len(found) == 1


@pytest.mark.parametrize("text", ["198.18.0.0/15", "0.0.0.0/0", "2001:db8::/111", "::/0"])
def test_a_target_wider_than_the_limit_is_refused(text: str) -> None:
    with pytest.raises(ScopeError, match="wider"):
        scope("0.0.0.0/0", "::/0").scannable([text], NOW)


def test_nothing_may_be_scanned_where_no_scope_is_set() -> None:
    with pytest.raises(ScopeError, match=r"\[scope\] scan"):
        scope().scannable(["127.0.0.1"], NOW)


@pytest.mark.parametrize(
    ("since", "until", "is_valid"),
    [
        (-HOUR, HOUR, True),
        (HOUR, 2 * HOUR, False),
        (-2 * HOUR, -HOUR, False),
        (-HOUR, 0 * HOUR, False),
    ],
)
def test_where_authorisations_are_kept_a_valid_one_must_cover_the_target(
    since: timedelta, until: timedelta, is_valid: bool
) -> None:
    permit = Authorized("p", (network("192.0.2.0/28"),), NOW + since, NOW + until)
    found = scope("192.0.2.0/24", authorizations=[permit])

    if is_valid:
        assert found.scannable(["192.0.2.7"], NOW)
        with pytest.raises(ScopeError, match="authorisation"):
            found.scannable(["192.0.2.99"], NOW)
    else:
        with pytest.raises(ScopeError, match="authorisation"):
            found.scannable(["192.0.2.7"], NOW)


def test_a_target_carries_the_zone_that_it_lies_in() -> None:
    estate = Estate((Claim(network("192.0.2.0/24"), Owner(zone="edge"), ZONE),))

    found = Scope.read(["192.0.2.0/24"], (), estate).scannable(["192.0.2.7"], NOW)

    assert found[0].zone == "edge"


def test_a_scope_of_the_settings_that_is_no_network_names_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"\[scope\] scan: .*192\.0\.2"):
        scope("192.0.2")


def test_a_prefix_is_split_around_the_protected_host_inside_it() -> None:
    found = guarding("203.0.113.5").blockable([network("203.0.113.0/29")])

    assert texts(found.allowed) == ["203.0.113.0/30", "203.0.113.4", "203.0.113.6/31"]
    assert [(r.guard, str(r.overlap)) for r in found.removed] == [
        ("[estate] never_block", "203.0.113.5")
    ]


def test_what_lies_wholly_in_a_guard_is_removed_and_every_guard_is_named() -> None:
    guards = [Guard("dns", (network("203.0.113.53"),)), Guard("isp", (network("203.0.113.0/24"),))]
    found = Scope([], guards, Estate()).blockable([network("203.0.113.53")])

    assert found.allowed == []
    assert [removal.guard for removal in found.removed] == ["dns", "isp"]


def test_own_networks_are_never_blocked_private_zones_among_them() -> None:
    claims = (
        Claim(network("203.0.113.0/26"), Owner(zone="lan"), ZONE),
        Claim(network("203.0.113.99"), Owner(unit="bureau", asset="a1")),
    )
    own = Scope.read((), (), Estate(claims, private=frozenset({"lan"})))

    found = own.blockable([network("203.0.113.7"), network("203.0.113.99")])

    assert found.allowed == []
    assert [removal.guard for removal in found.removed] == ["own zone lan", "own asset a1"]


@pytest.mark.parametrize("text", ["198.18.0.0/15", "0.0.0.0/0", "2001:db8::/31", "::/0"])
def test_a_prefix_that_is_too_wide_is_left_out_whole(text: str) -> None:
    found = guarding().blockable([network(text)])

    assert found.allowed == []
    assert [removal.guard for removal in found.removed] == [TOO_WIDE]


def test_a_union_is_never_wider_than_what_may_be_proposed() -> None:
    found = guarding().blockable([network("198.18.0.0/16"), network("198.19.0.0/16")])

    assert texts(found.allowed) == ["198.18.0.0/16", "198.19.0.0/16"]


V4 = st.builds(
    lambda value, length: Network(4, value >> (32 - length) << (32 - length), length),
    st.integers(0xC6120000, 0xC612FFFF),
    st.integers(16, 32),
)
V6 = st.builds(
    lambda value, length: Network(6, value >> (128 - length) << (128 - length), length),
    st.integers(0x20010DB8 << 96, (0x20010DB9 << 96) - 1),
    st.integers(32, 128),
)
ANY = st.lists(V4 | V6, max_size=12)


@settings(max_examples=150)
@given(ANY, ANY)
def test_nothing_that_may_be_blocked_ever_overlaps_a_guard(
    guards: list[Network], proposals: list[Network]
) -> None:
    scope = Scope([], [Guard("g", tuple(guards))], Estate())

    found = scope.blockable(proposals)

    assert not any(a.overlaps(g) for a in found.allowed for g in guards)
    assert sum(n.size for n in found.allowed) + _overlap(proposals, guards) == _size(proposals)


def _size(networks: list[Network]) -> int:
    from soc.net import merge

    return sum(found.size for found in merge(networks))


def _overlap(proposals: list[Network], guards: list[Network]) -> int:
    return _size(proposals) + _size(guards) - _size([*proposals, *guards])


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "198.51.100.0/25", "203.0.113.9", "198.18.0.1", "2001:db8::1", "3fff::1"]
)
def test_documentation_ranges_are_guarded_in_the_ordinary_profile_only(text: str) -> None:
    ordinary = scope(guards=_scope_guards.special_purpose("ordinary"))
    allowed = scope(guards=_scope_guards.special_purpose("documentation-allowed"))

    assert ordinary.blockable([network(text)]).allowed == []
    assert texts(allowed.blockable([network(text)]).allowed) == [text]


@pytest.mark.parametrize("profile", ["ordinary", "documentation-allowed"])
@pytest.mark.parametrize(
    "text",
    [
        "10.1.2.3",
        "192.168.0.1",
        "172.31.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::1.2.3.4",
        "64:ff9b::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "2002::1",
        "2001::1",
        "100::1",
        "4000::1",
        "fec0::1",
    ],
)
def test_special_purpose_addresses_are_guarded_in_every_profile(
    text: str, profile: _scope_guards.Profile
) -> None:
    found = scope(guards=_scope_guards.special_purpose(profile))

    assert found.blockable([network(text)]).allowed == []


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.4.4", "2400::1", "2001:4860::1"])
def test_ordinary_addresses_are_not_guarded(text: str) -> None:
    found = scope(guards=_scope_guards.special_purpose("ordinary"))

    assert texts(found.blockable([network(text)]).allowed) == [text]


def test_a_plain_guard_file_holds_networks_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "cdn.txt"
    path.write_text("# our CDN\n203.0.113.0/28  # edge\n\n2001:db8::/48\n", encoding="utf-8")

    guard = _scope_guards.from_file(path)

    assert guard == Guard("list cdn.txt", (network("203.0.113.0/28"), network("2001:db8::/48")))


def test_a_misp_warning_list_guards_under_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    document = {"name": "Some CDN", "type": "cidr", "list": ["203.0.113.9/28", "192.0.2.1"]}
    path.write_text(json.dumps(document), encoding="utf-8")

    guard = _scope_guards.from_file(path)

    assert guard.name == "warning list Some CDN"
    assert texts(list(guard.networks)) == ["203.0.113.0/28", "192.0.2.1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("example.invalid\n", "entry 1"),
        ("192.0.2.1\n10.1\n", "entry 2"),
        ('{"name": "x", "type": "hostname", "list": ["a.example"]}', "hostname"),
        ('{"name": "x"}', "warning list"),
        ("{", "warning list"),
    ],
)
def test_a_guard_file_that_is_wrong_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "guards"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=told):
        _scope_guards.from_file(path)


def test_a_guard_file_that_is_absent_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="guard_files"):
        _scope_guards.from_file(tmp_path / "none.txt")


def test_a_site_reads_its_settings_ledger_files_and_authorisations(
    context: Context, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "cdn.txt").write_text("203.0.113.0/28\n", encoding="utf-8")
    settings = config.model_copy(
        update={
            "path": tmp_path / "soc.toml",
            "scope": ScopeSettings(scan=("192.0.2.0/24",)),
            "estate": EstateSettings(guard_files=(Path("cdn.txt"),)),
        }
    )
    permit = Authorization(
        id="lt-authorization-1",
        state="proposed",
        at=NOW,
        author=context.actor.author(),
        targets=("192.0.2.0/24",),
        start=NOW,
        end=NOW + HOUR,
    )
    context.store.records.apply([Change("c", permit, 0)])

    found = Scope.of(settings, context.estate, context.store.records)

    guards = {removal.guard for removal in found.blockable([network("203.0.113.7")]).removed}
    assert guards == {"list cdn.txt", "203.0.113.0/24 documentation (RFC 5737)"}
    with pytest.raises(ScopeError, match="authorisation"):
        found.scannable(["192.0.2.7"], NOW)


def test_what_a_drill_protects_is_guarded_in_its_time_and_without_a_time_until_it_is_over(
    context: Context,
) -> None:
    from soc.records.drill import Drill
    from soc.store import Change

    now = context.clock.now()
    drill = Drill(
        id="d1",
        state="planned",
        at=now,
        author=context.actor.author(),
        name="听潮",
        year=2026,
        start=now,
        end=now + timedelta(hours=1),
        protected=("203.0.113.66",),
    )
    context.store.records.apply([Change("1", drill)])
    wanted = [network("203.0.113.66")]

    def allowed(at: datetime | None) -> list[Network]:
        scope = Scope.of(context.config, context.estate, context.store.records, at)
        return scope.blockable(wanted).allowed

    assert allowed(now) == allowed(None) == []
    assert allowed(now - timedelta(seconds=1)) == allowed(now + timedelta(hours=1)) == wanted


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("192.168.0.0/16 private use (RFC 1918)", "192.168.0.0/16 私有地址 (RFC 1918)"),
        ("own asset lt-asset-1", "在册资产 lt-asset-1"),
        ("own zone 互联网区", "本区网络 互联网区"),
        ("warning list Akamai", "公共告警名单 Akamai"),
        ("list neighbours.txt", "免封名单文件 neighbours.txt"),
        ("[estate] never_block", "配置的免封地址"),
        ("演练靶场", "演练靶场"),
    ],
)
def test_a_guard_is_called_in_the_language_of_the_reader(name: str, said: str) -> None:
    assert guard_label(name, "zh") == said


def test_every_special_block_has_its_words() -> None:
    for guard in _scope_guards.special_purpose("ordinary"):
        words = guard.name.partition(" ")[2].rpartition(" (")[0]

        assert guard_label(guard.name, "en") == guard.name
        if words not in ("AS112", "AMT", "6to4"):
            assert guard_label(guard.name, "zh") != guard.name
