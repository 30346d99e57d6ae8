"""Packing: the same bytes come back, whichever library packed them."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc.store._ship_gzip import compressor, packed

BODY = b'{"create":{"_id":"a"}}\n{"soc.version":1}\n' * 1_000


@pytest.fixture(params=["isal", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Packs by one library or by the other."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    compressor.cache_clear()
    yield str(request.param)
    compressor.cache_clear()


def test_what_was_packed_comes_back(library: str) -> None:
    found = packed(BODY)

    assert gzip.decompress(found) == BODY
    assert len(found) < len(BODY) / 20
    assert packed(BODY) == found


def test_zlib_packs_only_where_isal_cannot_be_imported(library: str) -> None:
    assert (compressor() is gzip.compress) is (library == "zlib")


@given(data=st.binary(max_size=2_000))
def test_any_bytes_come_back(data: bytes) -> None:
    assert gzip.decompress(packed(data)) == data
