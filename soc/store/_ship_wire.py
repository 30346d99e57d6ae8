"""The shipper's side of the connection: bytes out, answers in; every retry is decided by us."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import elastic_transport
import elasticsearch
from elastic_transport import OrjsonSerializer, Serializer

from soc.errors import SocError, StoreError, StoreUnavailable
from soc.store import _elastic_marks
from soc.store._elastic_client import connect, is_loopback, probe, translated
from soc.store._elastic_keep import backing
from soc.store._elastic_names import stream, template
from soc.store._ship_gzip import packed
from soc.store._ship_verdict import Answer

if TYPE_CHECKING:
    from soc.config import ElasticsearchSettings

LINES = "application/vnd.elasticsearch+x-ndjson"
JSON = "application/vnd.elasticsearch+json"
_BULK = "/_bulk?filter_path=errors,items.*.status,items.*.error,items.*._id,items.*.failure_store"
_ASKED = 1_000  # ids in one question


class _Bytes(Serializer):
    """What is sent is bytes already: nothing may be added to them, they may be packed."""

    mimetype = LINES

    def dumps(self, data: Any) -> bytes:
        return bytes(data)

    def loads(self, data: bytes) -> Any:
        return data


class Wire:
    """The server, as the shipper sees it."""

    def __init__(
        self, settings: ElasticsearchSettings, environment: Mapping[str, str], origin: str
    ) -> None:
        """Nothing is asked yet.

        Raises:
            ConfigError: an address, certificate or secret that must not be used as it is.
        """
        self.namespace, self.origin = settings.namespace, origin
        self.nodes = len(settings.hosts)
        self.place = settings.hosts[0].rpartition("@")[2]
        own = {LINES: _Bytes(), JSON: OrjsonSerializer()}
        client = connect(settings, environment, serializers=own)
        self._bulk = client.options(max_retries=0, opaque_id=f"soc-ship-{origin}")
        # A question may go to the next node at once; documents not before they were asked for.
        self._client = self._bulk.options(max_retries=self.nodes - 1)
        self._close = client.close
        self._packs = not all(is_loopback(urlsplit(h).hostname or "") for h in settings.hosts)

    def close(self) -> None:
        """Give the connections back."""
        self._close()

    def checked(self) -> None:
        """Nothing, where a server answers that is supported.

        Raises:
            StoreError: it is no Elasticsearch, or too old, or refuses.
            StoreUnavailable: it does not answer.
        """
        probe(self._client)

    def has_template(self, dataset: str) -> bool:
        """True where ``soc store setup`` has made what the dataset's stream needs.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        with translated(self.place):
            try:
                self._client.indices.get_index_template(name=template(dataset))
            except elasticsearch.NotFoundError:
                return False
        return True

    def send(self, dataset: str, lines: bytes) -> tuple[Answer, float]:
        """A bulk request; what came back, and after how many seconds."""
        began = time.monotonic()
        headers = {"content-type": f"{LINES}; compatible-with=9",
                   "accept": f"{JSON}; compatible-with=9"}  # fmt: skip
        if self._packs:
            lines = packed(lines)
            headers["content-encoding"] = "gzip"
        target = f"/{stream(dataset, self.namespace)}{_BULK}"
        return self._answered(target, headers, lines), time.monotonic() - began

    def _answered(self, target: str, headers: Mapping[str, str], lines: bytes) -> Answer:
        try:
            found = self._bulk.perform_request("POST", target, headers=headers, body=lines)
        except elasticsearch.UnsupportedProductError as error:
            return Answer(None, error=_line(error), is_refused=True)
        except elastic_transport.ApiError as error:
            return Answer(error.meta.status, error.body, _line(error))
        except elastic_transport.TlsError as error:
            return Answer(None, error=f"TLS: {_line(error)}", is_refused=True)
        except (elastic_transport.TransportError, OSError) as error:
            return Answer(None, error=_line(error))
        return Answer(found.meta.status, found.body)

    def generations(self, dataset: str) -> dict[str, int]:
        """The backing indices of the stream with their numbers; one that has none is of any time.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        found = backing(self._client, stream(dataset, self.namespace))
        return {name: _generation(name) for name in found}

    def there(self, dataset: str, ids: Sequence[str], since: int) -> set[str]:
        """Which of the ids are in the stream: each backing index since a generation is asked.

        What was stored is found at once, refreshed or not.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        found: set[str] = set()
        for index, generation in self.generations(dataset).items():
            if generation >= since or generation < 0:
                for start in range(0, len(ids), _ASKED):
                    found |= self._found(index, ids[start : start + _ASKED])
        return found

    def _found(self, index: str, ids: Sequence[str]) -> set[str]:
        with translated(index):
            answer = self._client.mget(
                index=index,
                ids=list(ids),
                source=False,
                filter_path="docs._id,docs.found,docs.error",
            )
        told = answer.body.get("docs") if isinstance(answer.body, Mapping) else None
        if not isinstance(told, list) or [one.get("_id") for one in told] != list(ids):
            raise StoreError(f"{index}: its answer does not fit what was asked: see `soc doctor`")
        mute = next((one for one in told if "found" not in one), None)
        if mute is not None:  # a shard of a node that has just started, say
            why = mute.get("error", {}).get("type", "no reason")
            raise StoreUnavailable(f"{index}: cannot say what it holds: {why}: see `soc doctor`")
        return {one["_id"] for one in told if one["found"]}

    def publish(self, dataset: str, version: int) -> None:
        """All up to the version can be read: the stream is refreshed, then the mark is set.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        name = stream(dataset, self.namespace)
        with translated(name):
            answer = self._client.indices.refresh(index=name, ignore_unavailable=True)
        if answer["_shards"]["failed"]:
            raise StoreUnavailable(f"{name}: a shard was not refreshed: see `soc doctor`")
        _elastic_marks.publish(self._client, self.namespace, dataset, self.origin, version)

    def begin(self, dataset: str) -> bool:
        """It stands on the server that this host ships the dataset; True where it did before.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        return _elastic_marks.begin(self._client, self.namespace, dataset, self.origin)

    def refresh(self, dataset: str) -> None:
        """What was stored can be found.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        name = stream(dataset, self.namespace)
        with translated(name):
            self._client.indices.refresh(index=name, ignore_unavailable=True)

    def published(self, dataset: str) -> int:
        """The mark of this host; -1 where there is none.

        Raises:
            StoreError: the server refuses; StoreUnavailable where a repetition may help.
        """
        return _elastic_marks.published(self._client, self.namespace, dataset).get(self.origin, -1)


def lets_nobody_in(error: SocError) -> bool:
    """True where the server said that we may not."""
    cause = error.__cause__
    return isinstance(cause, elastic_transport.ApiError) and cause.meta.status in (401, 403)


def _generation(index: str) -> int:
    last = index.rpartition("-")[2]
    return int(last) if last.isdecimal() else -1


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
