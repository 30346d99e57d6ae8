from __future__ import annotations

import pytest

from soc.context import Context
from soc.errors import InputError
from soc.records.source import Source
from soc.records.zone import Zone
from soc.register import put_source, put_zone


def zones(context: Context) -> list[Zone]:
    return [zone for zone in context.store.records.find("zone") if isinstance(zone, Zone)]


def test_the_prefixes_of_a_zone_are_merged(context: Context) -> None:
    zone = put_zone("互联网区", ["192.0.2.0/26", "192.0.2.64/26", "2001:db8::/48"], context)

    assert zone.prefixes == ("192.0.2.0/25", "2001:db8::/48")
    assert [stored.prefixes for stored in zones(context)] == [zone.prefixes]


def test_a_zone_that_is_set_again_is_changed_and_keeps_its_history(context: Context) -> None:
    put_zone("互联网区", ["192.0.2.0/25"], context)
    put_zone("互联网区", ["192.0.2.0/24"], context)

    (zone,) = zones(context)
    assert (zone.prefixes, zone.revision) == (("192.0.2.0/24",), 2)
    assert len(context.store.records.history("zone", zone.id)) == 2


def test_the_same_words_again_change_nothing(context: Context) -> None:
    for _ in range(2):
        put_zone("互联网区", ["192.0.2.0/25"], context)
        put_source("pe1", context, type="exporter", zone="互联网区")

    (source,) = context.store.records.find("source")
    assert (zones(context)[0].revision, source.revision) == (1, 1)


def test_a_source_keeps_what_was_said_of_it(context: Context) -> None:
    put_source("pe1", context, type="exporter", role="egress", counts_volume=False)

    (source,) = context.store.records.find("source")
    assert isinstance(source, Source)
    assert (source.name, source.type, source.role) == ("pe1", "exporter", "egress")
    assert source.counts_volume is False


def test_a_prefix_that_is_none_is_refused(context: Context) -> None:
    with pytest.raises(InputError, match=r"192\.0\.2\.1/24"):
        put_zone("互联网区", ["192.0.2.1/24"], context)

    assert zones(context) == []


@pytest.mark.parametrize("option", ["type", "role"])
def test_an_unknown_kind_of_source_is_refused_with_those_that_are_known(
    context: Context, option: str
) -> None:
    with pytest.raises(InputError, match=f"--{option}: 'no such': use one of .+, .+"):
        put_source("pe1", context, **{option: "no such"})  # type: ignore[arg-type]
