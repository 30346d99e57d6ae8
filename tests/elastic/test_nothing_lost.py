"""A hundred thousand rows reach the real server through everything that befalls a shipper."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cli import jobs
from soc._open import open_context
from soc.config import read
from soc.store._elastic_keep import backing
from soc.store._elastic_marks import published
from soc.store._elastic_names import stream
from tests import elastic_server
from tests.e2e.console import soc
from tests.elastic import shipped
from tests.elastic.equation import Sides, in_letters, logged, on_server
from tests.elastic.troubled import (
    DATASET,
    append,
    killed,
    shipped_through_a_block,
    shipping_site,
    tighten,
)

ROWS, MORE, LAST = 100_000, 18_000, 10_000
KILLS, ROLLED_AFTER, POISON, BLOCK_S = 5, 3, 0.01, 5.0


@pytest.mark.timeout(600)
def test_what_is_in_the_log_is_on_the_server_or_in_a_letter_once(tmp_path: Path) -> None:
    rng = random.Random(20_260_318)
    namespace = shipped.host().replace("-", "_")
    client, name = shipped.client(), stream(DATASET, namespace)
    tighten(client, namespace)
    config = shipping_site(tmp_path, [elastic_server.shared().url], namespace)
    with open_context(read(config, {}), jobs()) as context:
        poisoned = kills = 0
        while kills < KILLS or context.store.log.position(7, DATASET) < ROWS - LAST:
            poisoned += append(context, MORE, poison=POISON, rng=rng, of=4_500)
            kills += kills < KILLS and killed(config, context.store.home, rng.uniform(0, 0.4))
            if kills >= ROLLED_AFTER and len(backing(client, name)) == 1:
                client.indices.rollover(alias=name)  # what is uncertain lies in the index before
        poisoned += append(context, LAST, poison=POISON, rng=rng, of=5_000)
        code = shipped_through_a_block(context, client, namespace, config, BLOCK_S)
        again = soc("store", "ship", "--json", config=config)
        sides = Sides(logged(context, DATASET), on_server(client, name), in_letters(context))
        newest = context.store.log.version(DATASET)

        assert len(backing(client, name)) == 2

    assert kills == KILLS
    assert (code, again.code) == (0, 0), config.with_name("ship.log").read_text()[-2_000:]
    assert sides.wrong() == ""
    assert len(sides.logged) >= ROWS
    assert sum(sides.letters.values()) == poisoned > 0
    assert published(client, namespace, DATASET) == {context.store.log.origin: newest}
