"""The shipper as a daemon, in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from soc.store.ship import follow
from tests.elastic.failing_site import HASTY

if TYPE_CHECKING:
    from soc.context import Context

WAIT_S = 60.0


@contextmanager
def following(site: Context) -> Iterator[Callable[..., None]]:
    """The daemon runs until the end of the block; gives what waits until something is so."""
    stop, errors = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            follow(site, stop, patience=HASTY, poll_s=0.05, probe_s=0.1)
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    def wait(is_so: Callable[[], Any], for_s: float = WAIT_S) -> None:
        for _ in range(int(for_s / 0.05)):
            if errors or is_so():
                break
            stop.wait(0.05)
        assert is_so()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield wait
    finally:
        stop.set()
        thread.join(WAIT_S)
    assert errors == []
