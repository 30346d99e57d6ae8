"""NetFlow received over UDP: one session, one source key, until it is stopped."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from collectors._netflow_decoder import Decoder
from collectors._netflow_saved import Saved
from collectors._netflow_session import Exporter
from collectors._udp import Counters, Datagram, Receiver, bound, endpoint, sender
from soc.batch import Batch, Tally

if TYPE_CHECKING:
    from collectors._netflow_allow import Allowed
    from collectors.netflow import Settings
    from soc.context import Context

log = logging.getLogger(__name__)

_FLUSH_S = 0.2
_SIGN_S = 0.9  # a sign of life at least once a second
_SAVE_S = 60.0
_SENDERS = 65_536  # remembered; forged ones must not fill the memory


def listen(
    settings: Settings, context: Context, decoder: Decoder, allowed: Allowed
) -> Iterator[Batch]:
    """Batches of what is received, at least one a second, the first when sockets are ready.

    Raises:
        ConfigError: an address to receive on is not ours or is taken.
    """
    sockets = [bound(endpoint(text), settings.receive_buffer_bytes) for text in settings.listen]
    saved = Saved(context.store.home / "state" / "netflow-templates.json")
    saved.load(decoder)

    def now_us() -> int:
        return int(context.clock.now().timestamp() * 1_000_000)

    receiver = Receiver(sockets, settings.queue_datagrams, now_us)
    live = _Live(decoder, allowed, receiver, _session_key(settings, now_us()))
    receiver.start()
    try:
        yield from live.run(settings.seconds, settings.max_datagrams, saved)
    finally:
        receiver.close()
        saved.save(decoder)


def _session_key(settings: Settings, started_us: int) -> int:
    """No two sessions share a key: collector, start time and a nonce."""
    parts = f"netflow|{settings.observer}|{settings.listen}|{started_us}|{secrets.token_hex(16)}"
    digest = blake2b(parts.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(slots=True)
class _Live:
    decoder: Decoder
    allowed: Allowed
    receiver: Receiver
    source: int
    senders: dict[bytes, Exporter] = field(default_factory=dict)
    told: Counters = field(default_factory=Counters)

    def run(self, seconds: float | None, most: int | None, saved: Saved) -> Iterator[Batch]:
        started = flushed = signed = kept = time.monotonic()
        left = most if most is not None else -1
        yield Batch(self.source, "flow")
        while left != 0:
            arrived = self.receiver.take(_FLUSH_S)
            left = self.feed(arrived, left)
            now = time.monotonic()
            if self.decoder.is_due or now - flushed >= _FLUSH_S:
                flushed = now
                for batch in self._batches():
                    signed = now
                    yield batch
            if now - signed >= _SIGN_S:
                signed = now
                yield Batch(self.source, "flow")
            if now - kept >= _SAVE_S:
                kept = now
                saved.save(self.decoder)
            if seconds is not None and now - started >= seconds:
                break
        yield from self._batches()
        yield from self.decoder.settle(self.source)

    def feed(self, arrived: list[Datagram], left: int) -> int:
        """Decode datagrams, ``left`` at most (negative: all); how many more may come."""
        taken = arrived if left < 0 else arrived[:left]
        heard = [(data, self._exporter(name), at_us) for data, name, at_us in taken]
        self.decoder.feed([one for one in heard if self.allowed(one[1])], self.source)
        return left if left < 0 else left - len(taken)

    def _exporter(self, name: bytes) -> Exporter:
        exporter = self.senders.get(name)
        if exporter is None:
            exporter = Exporter(*sender(name))
            if len(self.senders) < _SENDERS:
                self.senders[name] = exporter
        return exporter

    def _batches(self) -> Iterator[Batch]:
        """What is decoded, with the drops since the last time."""
        now = self.receiver.counters()
        dropped = now.dropped_by_kernel + now.dropped_by_queue
        before = self.told.dropped_by_kernel + self.told.dropped_by_queue
        self.told = now
        if dropped > before:
            log.warning(
                "datagrams dropped",
                extra={
                    "soc.dropped_by_kernel": now.dropped_by_kernel,
                    "soc.dropped_by_queue": now.dropped_by_queue,
                },
            )
            yield Batch(self.source, "flow", tally=Tally(dropped=dropped - before))
        yield from self.decoder.flush()
