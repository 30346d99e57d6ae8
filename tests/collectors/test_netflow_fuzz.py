"""Hostile bytes: nothing is raised, nothing grows without bound.

``GOVSOC_FUZZ`` is the number of mutated datagrams (20,000 without it).
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._netflow_decoder import UNKNOWN, Decoder
from collectors._netflow_flush import Share
from collectors._netflow_waiting import OCTETS
from collectors._netflow_wire import sets, templates
from tests.collectors.netflow_wire import a_set, decoded, ipfix, tally, template, v9
from tests.reference import reference

COUNT = int(os.environ.get("GOVSOC_FUZZ", "20000"))


def seeds() -> list[bytes]:
    folder = reference("netflow/cases.json").parent
    return [path.read_bytes() for path in sorted(Path(folder).glob("*.dat"))]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few octets changed, cut out, doubled or inserted, half of them near the begin."""
    octets = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = (
            rng.randrange(len(octets))
            if rng.random() < 0.5
            else rng.randrange(min(64, len(octets)))
        )
        what = rng.randrange(5)
        if what == 0:
            octets[at] = rng.choice((0, 1, 255, 127, 128, rng.randrange(256)))
        elif what == 1:
            octets[at : at + 2] = rng.randrange(65_536).to_bytes(2, "big")
        elif what == 2:
            del octets[at : at + rng.randrange(1, 40)]
        elif what == 3:
            octets[at:at] = octets[at : at + rng.randrange(1, 200)]
        else:
            octets[at ^ 1 :: max(1, rng.randrange(1, 400))] = b""
        if len(octets) < 4:
            octets = bytearray(data)
    return bytes(octets)


def test_mutated_datagrams_of_real_exporters_never_raise() -> None:
    rng = random.Random(7)
    base = seeds()
    decoder = Decoder(Share(None, "live"))
    for index in range(COUNT):
        if index % 2_000 == 0:  # so that templates of many shapes meet data of many others
            decoder = Decoder(Share(None, "live"))
            for data in base:
                decoder.feed([(data, UNKNOWN, -1)], 7)
        decoder.feed([(mutated(rng.choice(base), rng), UNKNOWN, index * 1_000)], 7)
        if index % 64 == 0:
            for batch in decoder.flush():
                if batch.rows is not None:
                    batch.rows.validate(full=True)
    list(decoder.settle(7))

    assert decoder.budget.used <= OCTETS * len(decoder.sessions)


def test_the_most_that_fits_a_datagram_is_bounded() -> None:
    head = ipfix(template(256, (82, 65_535), (1, 3), version=10))
    many = ipfix(a_set(256, b"\x00\x00\x00\x01" * 16_000))
    definitions = v9(*(template(number, (1, 4)) for number in range(256, 5_000)))
    empty = v9(*(a_set(9_999) for _ in range(16_000)))

    found = decoded(head, many, definitions, empty)

    assert tally(found).records == 16_000
    assert tally(found).waiting == 16_000


@given(st.binary(max_size=400), st.sampled_from([b"\x00\x05", b"\x00\x09", b"\x00\x0a", b""]))
@settings(max_examples=300)
def test_any_octets_are_decoded_or_refused(data: bytes, version: bytes) -> None:
    decoder = Decoder(Share(None, "live"))

    decoder.feed([(version + data, UNKNOWN, -1)], 7)

    assert list(decoder.settle(7)) is not None


@given(st.binary(min_size=24, max_size=400), st.sampled_from([9, 10]))
@settings(max_examples=300)
def test_sets_lie_inside_their_message(data: bytes, version: int) -> None:
    cuts = sets(data, version)

    for cut in cuts or []:
        assert 16 <= cut.start <= cut.end <= len(data)
        assert templates(data, cut, version) is None or cut.number < 65_536
