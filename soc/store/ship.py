"""The shipper: what the log holds goes to Elasticsearch, nothing is lost and nothing doubled.

Each row gets a final verdict: it is stored, it was there already, or it is a dead letter with
its reason and its original. The position of a dataset moves only past final verdicts, so a
crash at any moment repeats at most what is asked for first. Readers see a version once all of
it is decided and refreshed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from soc import schema
from soc.errors import ConfigError, SocError
from soc.store import _ship_state
from soc.store._elastic_client import connect
from soc.store._ship_again import Tried, chosen, tried
from soc.store._ship_letters import Letters
from soc.store._ship_pace import A_NODE, FOR_EVER, Pace, Patience
from soc.store._ship_pass import Means, Pass
from soc.store._ship_place import Home
from soc.store._ship_send import Halted, Refused, Sender, Stopped
from soc.store._ship_state import telling
from soc.store._ship_verify import Compared, Sides, compared, period
from soc.store._ship_watch import State, Watch
from soc.store._ship_wire import Wire

if TYPE_CHECKING:
    from soc.context import Context

log = logging.getLogger(__name__)

POLL_S = 1.0  # between two looks at the log
PROBE_S = 30.0  # between two tries after the server let nobody in
_LOOK_S = 0.2
_ONCE = Patience()


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one run did."""

    rows: int  # with a final verdict
    stored: int
    already: int  # were on the server before
    letters: int
    retries: int


def ship(context: Context, *, datasets: Sequence[str] = (), patience: Patience = _ONCE) -> Shipped:
    """Everything in the log now gets a final verdict; marks are published after a refresh.

    No datasets: all that hold rows.

    Raises:
        ConfigError: no cluster is configured, or no such dataset.
        Conflict: another process ships from this home.
        StoreError: the server lets nobody in, or was not set up; nothing is lost.
        StoreUnavailable: it does not take anything for now; nothing is lost.
    """
    _check(context, datasets)
    watch, home = Watch(), home_of(context)
    with home.held(), closing(_wire(context)) as wire:
        means = _means(context, home, wire, watch, patience, threading.Event())
        with telling(home, watch, means.pace):
            error = _met(means)
            if error is not None:
                raise error
            _through([Pass(dataset, means) for dataset in datasets or schema.DATASETS], means)
    return Shipped(watch.rows, watch.stored, watch.already, watch.letters, watch.retries)


def follow(
    context: Context,
    stop: threading.Event,
    *,
    patience: Patience = FOR_EVER,
    poll_s: float = POLL_S,
    probe_s: float = PROBE_S,
) -> None:
    """Ship what is appended until ``stop`` is set; no trouble of server or disk ends it.

    A server that lets nobody in is asked again every ``probe_s`` seconds, with the secret read
    again. What has been sent when it is to stop still gets its verdict.

    Raises:
        ConfigError: no cluster is configured, or a secret that must not be used as it is.
        Conflict: another process ships from this home.
    """
    _check(context, ())
    watch, home = Watch(), home_of(context)
    wire = _wire(context)
    with home.held():
        while True:
            with closing(wire):
                means = _means(context, home, wire, watch, patience, threading.Event())
                with telling(home, watch, means.pace):
                    _follow(means, stop, poll_s, probe_s)
                    if stop.is_set():
                        return
                    stop.wait(probe_s)
            wire = _again(context, wire)


def _again(context: Context, wire: Wire) -> Wire:
    """A new connection, with what the files of its secrets hold now; the old one if none."""
    try:
        return _wire(context)
    except ConfigError as error:
        log.error("secret not usable", extra={"error.message": str(error)})
        return wire


def _follow(means: Means, stop: threading.Event, poll_s: float, probe_s: float) -> None:
    """Each dataset by itself, until it is told to stop or the server lets nobody in."""
    names = ("", *schema.DATASETS)
    with ThreadPoolExecutor(len(names), thread_name_prefix="ship") as pool:
        try:
            first = pool.submit(_met, means)
            if not _until(stop, [first]) or first.result() is not None:
                return
            loops = [
                pool.submit(_followed, Pass(dataset, means), means, poll_s, probe_s)
                for dataset in schema.DATASETS
            ]
            _until(stop, loops)
        finally:
            means.stop.set()
    for loop in loops:
        loop.result()


def _until(stop: threading.Event, futures: Sequence[Future[Any]]) -> bool:
    """True once one of them has ended; False when it is told to stop."""
    while not stop.is_set():
        if any(future.done() for future in futures):
            return True
        stop.wait(_LOOK_S)
    return False


def _met(means: Means) -> SocError | None:
    try:
        _reached(means)
    except SocError as error:
        return _told(means.watch, "", error)
    return None


def _followed(one: Pass, means: Means, poll_s: float, probe_s: float) -> None:
    """A dataset until the shipper ends, or nobody is let in."""
    while not means.stop.is_set():
        error = _run(one, means.watch)
        if isinstance(error, Halted | Refused):
            return
        pause_s = poll_s if error is None or error.can_retry else probe_s
        means.stop.wait(pause_s)


def _through(passes: Sequence[Pass], means: Means) -> None:
    """Run the passes beside each other: one that is blocked holds up no other."""
    with ThreadPoolExecutor(len(passes), thread_name_prefix="ship") as pool:
        try:
            found = list(pool.map(lambda one: _run(one, means.watch), passes))
        except BaseException:  # such as Ctrl-C: what is on its way gets its verdict, no more
            means.stop.set()
            raise
    errors = [error for error in found if error is not None]
    if errors:
        raise min(errors, key=lambda error: (error.can_retry, str(error)))


def _run(one: Pass, watch: Watch) -> SocError | None:
    """What kept a dataset from being shipped; None: nothing."""
    try:
        if one.has_news():
            one.run()
    except SocError as error:
        return _told(watch, one.dataset, error)
    return None


def _told(watch: Watch, dataset: str, error: SocError) -> SocError:
    """What others read about it: waiting and blocked as they are, else whose fault it is."""
    before = watch.of(dataset)
    if isinstance(error, Halted) or (error.can_retry and before.state in ("waiting", "blocked")):
        return error
    state: State = "stopped" if isinstance(error, Stopped) else "failed"
    watch.told(dataset, state, str(error))
    if before.error != str(error):
        log.error("not shipping", extra={"soc.dataset": dataset, "error.message": str(error)})
    return error


def _check(context: Context, datasets: Sequence[str]) -> None:
    if not context.config.ships:
        raise ConfigError(
            f"{context.config.place}: elasticsearch.hosts: names no cluster: write its address"
        )
    for dataset in datasets:
        if dataset not in schema.DATASETS:
            known = ", ".join(schema.DATASETS)
            raise ConfigError(f"dataset {dataset!r}: is not one of {known}")


def home_of(context: Context) -> Home:
    """Where the home keeps what the shipper knows."""
    return Home(context.store.home, context.config.elasticsearch.namespace)


def letters_of(context: Context) -> Letters:
    """The dead letters of the home."""
    namespace = context.config.elasticsearch.namespace
    return Letters(context, home_of(context).folder, namespace)


def status(context: Context) -> dict[str, Any]:
    """The ``ship`` block of ``soc store status``: lag, letters and state, without a server."""
    return _ship_state.status(context, letters_of(context), home_of(context))


def _wire(context: Context) -> Wire:
    return Wire(context.config.elasticsearch, context.environment, context.store.log.origin)


def _means(
    context: Context,
    home: Home,
    wire: Wire,
    watch: Watch,
    patience: Patience,
    stop: threading.Event,
) -> Means:
    events: Any = context.store.log  # the local log: its files are read as they lie
    pace = Pace(A_NODE * wire.nodes)
    return Means(events, wire, home, letters_of(context), pace, watch, patience, stop)


def _reached(means: Means) -> None:
    """Nothing, where a server that is supported answers."""
    sender = Sender(means.wire, "", means.pace, means.watch, means.patience, means.stop)
    sender.insisted(means.wire.checked)
    means.watch.told("", "idle")


def retry(context: Context, id: str | None) -> list[Tried]:
    """Dead letters sent again: the one of this id, or all that wait.

    Raises:
        ConfigError: no cluster is configured.
        InputError: no such letter, or it was delivered.
        StoreError: the server lets nobody in; StoreUnavailable: it takes nothing for now.
    """
    _check(context, ())
    home, letters = home_of(context), letters_of(context)
    found = chosen(letters, id)
    with closing(_wire(context)) as wire:
        means = _means(context, home, wire, Watch(), _ONCE, threading.Event())
        sender = Sender(wire, "", means.pace, means.watch, _ONCE, means.stop)
        done = [tried(letter, letters, sender, home) for letter in found]
        for dataset in sorted({letter.dataset for letter in found}):
            wire.refresh(dataset)
    return done


def verify(context: Context, spelled: str, *, datasets: Sequence[str] = ()) -> list[Compared]:
    """Both sides of each dataset compared by id over the days that a text names.

    Raises:
        ConfigError: no cluster is configured, or no such dataset.
        InputError: the text names no days.
        StoreError: the role may not read.
    """
    _check(context, datasets)
    asked = period(spelled, context.calendar)
    settings = context.config.elasticsearch
    events: Any = context.store.log
    with closing(connect(settings, context.environment)) as client:
        sides = Sides(events, client, settings.namespace, home_of(context), letters_of(context))
        found = [compared(sides, dataset, asked) for dataset in datasets or schema.DATASETS]
    return [one for one in found if one is not None]
