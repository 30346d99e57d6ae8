"""Encoders against the decoder: what goes in comes out, however it was laid out on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.simulate._netflow import FIELDS, LONGEST, Exporter, datagrams, octets16
from tests.collectors.netflow_wire import decoded, rows, tally

NOW_US = 1_773_800_000_000_000
BOOT_MS = 1_770_000_000_000
LIMITS = {
    "source.bytes": 2**32,
    "source.packets": 2**32,
    "destination.bytes": 2**32,
    "destination.packets": 2**32,
    "source.port": 2**16,
    "destination.port": 2**16,
    "soc.tcp_flags": 2**8,
    "soc.tos": 2**8,
    "observer.ingress.interface.id": 2**16,
    "observer.egress.interface.id": 2**16,
    "source.as.number": 2**16,
    "destination.as.number": 2**16,
    "network.vlan.id": 2**12,
    "soc.flow_direction": 2,
    "soc.end_reason": 6,
    "soc.sampling_rate": 2**16,
}
ZERO_IS_NONE = {"source.as.number", "destination.as.number", "network.vlan.id"}
ZERO_IS_NONE |= {"soc.sampling_rate"}


def made(count: int, seed: int, *, wide: float = 0.3, every: bool = True) -> dict[str, Any]:
    """Columns of made flows, ordered by their end, IPv4 and IPv6 mixed."""
    rng = np.random.default_rng(seed)
    end = np.sort(NOW_US + rng.integers(0, 600_000, count) * 1_000)
    found: dict[str, npt.NDArray[Any]] = {
        "event.end": end,
        "event.start": end - rng.integers(0, 60_000, count) * 1_000,
        "network.iana_number": rng.choice([6, 17, 47, 132], count),
    }
    is_wide = rng.random(count) < wide
    for name, last in (("source.ip", 7), ("destination.ip", 9)):
        host = rng.integers(0, 250, count)
        narrow = octets16(f"198.51.100.{n}" for n in host)
        found[name] = np.where(
            is_wide[:, None], octets16(f"2001:db8::{last}:{n:x}" for n in host), narrow
        )
    for name, limit in LIMITS.items():
        if every or rng.random() < 0.5:
            found[name] = rng.integers(0, limit, count)
    for what in ("bytes", "packets"):  # alone, version 9 takes these for the flow itself
        if f"source.{what}" not in found:
            found.pop(f"destination.{what}", None)
    return found


def texts(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """What a decoder should say, ordered by end, as numbers and text."""
    import ipaddress

    found = []
    for row in range(len(columns["event.end"])):
        said: dict[str, Any] = {}
        for name, values in columns.items():
            value = values[row]
            if name.endswith(".ip"):
                address = ipaddress.IPv6Address(value.tobytes())
                said[name] = str(address.ipv4_mapped or address)
            elif value or name not in ZERO_IS_NONE:
                said[name] = str(value) if name.endswith(".id") else int(value)
        found.append(said)
    return found


def heard(batches: list[Any], names: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for row in rows(batches):
        said = {name: row[name] for name in names if name in row}
        for name in ("event.start", "event.end"):
            said[name] = round(row[name].timestamp() * 1_000) * 1_000
        found.append(said)
    return found


def alike(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> bool:
    """True where both hold the same flows; datagrams of two IP versions may change places."""

    def key(row: dict[str, Any]) -> list[str]:
        return sorted(f"{name}={value}" for name, value in row.items())

    return sorted(map(key, left)) == sorted(map(key, right))


@pytest.mark.parametrize("version", [9, 10])
@given(
    count=st.integers(0, 120),
    seed=st.integers(0, 2**16),
    order=st.permutations(list(FIELDS)),
    flush=st.integers(1, 40),
)
@settings(max_examples=25)
def test_decoding_gives_back_the_columns(
    version: int, count: int, seed: int, order: list[str], flush: int
) -> None:
    columns = made(count, seed, every=seed % 2 == 0)
    exporter = Exporter(version=version, boot_ms=BOOT_MS, order=order, template_every=3)
    sent = [data for _, data in datagrams(columns, exporter)]

    found = decoded(*sent, every=flush)

    assert alike(heard(found, columns), texts(columns))
    assert (tally(found).records, tally(found).refused) == (count, 0)


@given(count=st.integers(1, 90), seed=st.integers(0, 2**16))
@settings(max_examples=15)
def test_version_5_gives_back_what_its_record_holds(count: int, seed: int) -> None:
    columns = made(count, seed, wide=0)
    sent = [data for _, data in datagrams(columns, Exporter(version=5, boot_ms=BOOT_MS))]

    found = decoded(*sent)

    missing = {"destination.bytes", "destination.packets", "network.vlan.id"}
    missing |= {"soc.flow_direction", "soc.end_reason", "soc.sampling_rate"}
    held = {name: values for name, values in columns.items() if name not in missing}
    assert alike(heard(found, held), texts(held))


@given(seed=st.integers(0, 2**16), widths=st.lists(st.integers(1, 8), min_size=4, max_size=4))
@settings(max_examples=25)
def test_counters_of_any_width_come_back(seed: int, widths: list[int]) -> None:
    columns = made(30, seed)
    names = [name for name in LIMITS if name.endswith(("bytes", "packets"))]
    width = dict(zip(names, widths, strict=True))
    for name, octets in width.items():
        columns[name] = columns[name] % min(2 ** (8 * octets), 2**40)
    exporter = Exporter(version=10, boot_ms=BOOT_MS, widths=width)
    sent = [data for _, data in datagrams(columns, exporter)]

    assert alike(heard(decoded(*sent), columns), texts(columns))


@given(count=st.integers(1, 60), seed=st.integers(0, 2**16), longest=st.integers(0, 300))
@settings(max_examples=20)
def test_values_of_variable_length_come_back(count: int, seed: int, longest: int) -> None:
    columns = made(count, seed)
    names = [b"n" * (1 + (seed + row) % (longest + 1)) for row in range(count)]
    sent = datagrams(columns, Exporter(version=10, boot_ms=BOOT_MS), variable={82: names})

    found = decoded(*(data for _, data in sent))

    assert alike(heard(found, columns), texts(columns))
    other = [dict(row["soc.other"])["interfaceName"].encode() for row in rows(found)]
    assert sorted(other) == sorted(names)


def test_data_sent_before_its_template_comes_back_too() -> None:
    columns = made(200, 3)
    sent = [data for _, data in datagrams(columns, Exporter(boot_ms=BOOT_MS))]

    found = decoded(*sent[1:], sent[0])

    assert alike(heard(found, columns), texts(columns))
    assert tally(found).waiting == 0


@pytest.mark.parametrize("version", [5, 9, 10])
def test_no_datagram_is_longer_than_1400_octets_and_none_is_missed(version: int) -> None:
    sent = list(datagrams(made(2_000, 1), Exporter(version=version, boot_ms=BOOT_MS)))

    assert max(len(data) for _, data in sent) <= LONGEST
    assert [at for at, _ in sent] == sorted(at for at, _ in sent)
    assert tally(decoded(*(data for _, data in sent))).lost == 0
    dropped = [data for index, (_, data) in enumerate(sent) if index != 35]
    assert tally(decoded(*dropped)).lost >= 1


def test_ipv4_may_stand_behind_zeros_instead_of_mapped() -> None:
    columns = made(3, 1, wide=0)
    bare = dict(columns)
    for name in ("source.ip", "destination.ip"):
        bare[name] = columns[name].copy()
        bare[name][:, 10:12] = 0
    sent = [data for _, data in datagrams(bare, Exporter(boot_ms=BOOT_MS))]

    assert alike(heard(decoded(*sent), columns), texts(columns))


def test_one_seed_gives_the_same_octets(tmp_path: Path) -> None:
    exporter = Exporter(boot_ms=BOOT_MS)

    assert list(datagrams(made(50, 5), exporter)) == list(datagrams(made(50, 5), exporter))
