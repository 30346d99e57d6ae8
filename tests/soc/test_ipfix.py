"""The table of information elements."""

from __future__ import annotations

import pytest

from soc import ipfix
from soc.ipfix import REVERSE, Kind


@pytest.mark.parametrize(
    ("number", "name", "kind"),
    [
        (1, "octetDeltaCount", Kind.UNSIGNED),
        (8, "sourceIPv4Address", Kind.IPV4),
        (27, "sourceIPv6Address", Kind.IPV6),
        (56, "sourceMacAddress", Kind.MAC),
        (82, "interfaceName", Kind.TEXT),
        (150, "flowStartSeconds", Kind.SECONDS),
        (153, "flowEndMilliseconds", Kind.MILLISECONDS),
        (154, "flowStartMicroseconds", Kind.MICROSECONDS),
        (157, "flowEndNanoseconds", Kind.NANOSECONDS),
        (160, "systemInitTimeMilliseconds", Kind.MILLISECONDS),
        (225, "postNATSourceIPv4Address", Kind.IPV4),
        (276, "dataRecordsReliability", Kind.BOOLEAN),
        (292, "subTemplateList", Kind.LIST),
        (311, "samplingProbability", Kind.FLOAT),
        (434, "mibObjectValueInteger", Kind.SIGNED),
    ],
)
def test_an_element_has_the_name_and_kind_of_the_registry(
    number: int, name: str, kind: Kind
) -> None:
    found = ipfix.element(number)

    assert found is not None
    assert (found.name, found.kind, found.enterprise) == (name, kind, 0)


def test_no_name_of_the_registry_stands_for_two_elements() -> None:
    names = [e.name for (enterprise, _), e in ipfix.elements().items() if enterprise == 0]

    assert {name for name in names if names.count(name) > 1} == set()


def test_a_reverse_element_is_named_after_the_forward_one() -> None:
    found = ipfix.element(1, REVERSE)

    assert found is not None
    assert (found.name, found.kind) == ("reverseOctetDeltaCount", Kind.UNSIGNED)


@pytest.mark.parametrize(
    ("number", "enterprise", "name"),
    [(33_002, 0, "ie33002"), (7, 9_999, "e9999.7"), (9_999, REVERSE, "e29305.9999")],
)
def test_an_unknown_element_is_named_by_its_number(number: int, enterprise: int, name: str) -> None:
    assert ipfix.element(number, enterprise) is None
    assert ipfix.name(number, enterprise) == name


def test_numbers_are_found_by_name() -> None:
    assert ipfix.numbers()["flowEndReason"] == 136
