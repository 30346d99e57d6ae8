"""One secured server for all tests of a session that ask what a role may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from soc.store import _elastic_setup as setup
from soc.store._elastic_client import connect, probe
from tests.elastic.secured import Secured, secured
from tests.elastic_server import Absent, left_out

NAMESPACE = "roles"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A secured server on which the set-up user has made the templates."""
    folder = tmp_path_factory.mktemp("secured")
    try:
        with secured(folder) as found:
            with connect(found.settings(folder, "setup", NAMESPACE), {}) as client:
                wanted = setup.chosen(client, probe(client), NAMESPACE, 180)
                setup.apply(client, setup.differences(client, wanted), NAMESPACE)
            yield found
    except Absent as reason:
        left_out(reason)
