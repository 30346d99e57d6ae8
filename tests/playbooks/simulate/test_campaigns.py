from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from statistics import median

from playbooks.simulate import _campaigns as campaigns
from playbooks.simulate import _city as city
from playbooks.simulate._campaigns import Call

UPLOADERS = (campaigns.LEAK, campaigns.BACKUP)


def calls(source: str) -> list[Call]:
    rng = random.Random(1)
    made = [*campaigns.outer(rng), *campaigns.inner(rng)]
    return sorted((c for c in made if c.source == source), key=lambda c: c.second)


def test_the_sweep_touches_a_hundred_hosts_and_is_never_answered() -> None:
    sweep = calls(campaigns.SWEEPER)

    assert len({call.destination for call in sweep}) == 100
    assert {call.flags for call in sweep} == {campaigns.SYN}


def test_the_sanctioned_scanner_does_exactly_what_the_attacker_does() -> None:
    attack, sanctioned = calls(campaigns.SWEEPER), calls(campaigns.CITY_SCANNER)

    assert {(c.destination, c.port) for c in attack} == {
        (c.destination, c.port) for c in sanctioned
    }


def test_one_guess_of_seventy_one_is_a_long_session() -> None:
    guesses = [call for call in calls(campaigns.KIOSK) if call.port == 22]

    assert [call.lasted_s > 60 for call in guesses].count(True) == 1
    assert len(guesses) == 71


def test_the_beacon_beats_every_minute_within_a_tenth() -> None:
    beats = [call.second for call in calls(campaigns.CALLER)]
    gaps = [b - a for a, b in pairwise(beats)]

    assert min(gaps) >= 54
    assert max(gaps) <= 66
    assert 59 < median(gaps) < 61


def test_the_uploads_are_seen_outside_too_under_the_translated_address() -> None:
    rng = random.Random(1)
    inside = {c.second: c for c in campaigns.inner(rng) if c.source in UPLOADERS}
    outside = {c.second: c for c in campaigns.outer(rng) if c.source == city.TRANSLATED}

    assert outside.keys() == inside.keys()
    assert [replace(outside[at], source=inside[at].source) for at in inside] == [*inside.values()]


def test_the_upload_is_about_eighteen_gigabytes() -> None:
    sent = sum(call.octets for call in calls(campaigns.LEAK))

    assert 16.5 < sent / campaigns.GB < 19.5
