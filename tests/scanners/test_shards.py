from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scanners._shards import MOST_HOSTS, Open, capped, interleaved, shards, share
from soc.net import network

HOSTS = st.lists(
    st.builds(
        Open,
        st.integers(1, 400).map(lambda n: f"198.18.{n // 200}.{n % 200}"),
        st.sampled_from([(80,), (22, 80), (443,)]),
        st.sampled_from(["a", "b", "c"]),
    ),
    unique_by=lambda host: host.address,
    max_size=120,
)


@given(HOSTS, st.integers(1, 8))
def test_every_host_is_in_one_shard_with_exactly_its_own_ports(
    hosts: list[Open], processes: int
) -> None:
    made = shards(hosts, processes)

    spread = [(address, shard.ports) for shard in made for address in shard.addresses]
    assert sorted(spread) == sorted((host.address, host.ports) for host in hosts)
    assert all(len(shard.addresses) <= MOST_HOSTS for shard in made)


def test_no_shard_is_larger_than_a_24() -> None:
    hosts = [Open(f"198.18.{n // 250}.{n % 250}", (80,)) for n in range(10_000)]

    assert max(len(shard.addresses) for shard in shards(hosts, 1)) == 256


def test_families_never_share_a_process() -> None:
    made = shards([Open("198.18.0.1", (80,)), Open("2001:db8::1", (80,))], 4)

    assert sorted(shard.family for shard in made) == [4, 6]


def test_units_take_turns() -> None:
    found = interleaved(["a1", "a2", "a3", "b1", "b2", "c1"], lambda item: item[0])

    assert found == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert all(one[0] != other[0] for one, other in pairwise(found[:5]))


def test_one_budget_is_split_over_what_runs() -> None:
    assert [share(1_000, parts) for parts in (1, 3, 4, 5_000, 0)] == [1_000, 333, 250, 1, 1_000]


def test_no_24_gets_more_than_its_cap() -> None:
    crowded = [network(f"198.18.0.{n}") for n in range(30)]
    spread = [network(f"198.18.{n}.1") for n in range(1, 11)]

    assert capped(1_000, None, crowded) == 1_000
    assert capped(1_000, 200, crowded) == 200
    assert capped(1_000, 200, [*crowded, *spread]) == 266  # 30 of 40 hosts share one /24
    assert capped(1_000, 200, [network("198.18.0.0/22")]) == 800
    assert capped(1_000, 200, [network("198.18.0.0/16")]) == 1_000
    assert capped(1_000, 200, []) == 1_000
