"""A server that speaks Elasticsearch's protocol and fails as it is told to (see ``faulty_wire``).

It knows what the shipper asks: bulk, ``_mget``, backing indices, refresh, rollover, the document
of marks. A script names a fault for each bulk request to come; after it the server is healthy.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.elastic.faults import Bulk, Fault, Reply, failed, healthy
from tests.elastic.faulty_cluster import Cluster, Item

_NODES = {"nodes": {"one": {"version": "9.5.0", "jvm": {"version": "25"}, "modules": []}}}
_NO_SHARD = {"type": "no_shard_available_action_exception", "reason": "no shard is active"}
_CLUSTER = {"number_of_data_nodes": 1, "status": "green"}


class Faulty:
    """The cluster, the script of faults, and what was asked."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.script: deque[Fault] = deque()
        self.limit_bytes: int | None = None  # of a bulk request, unpacked
        self.drip_s = 0.3  # how long an answer takes that drips, or comes late
        self.pause_s = 0.0  # before each bulk request is looked at
        self.unrefreshed = 0  # how many of the next refreshes fail on their shard
        self.mute = 0  # how many of the next questions for ids find no shard
        self.asked: list[str] = []  # method and path of each request
        self.on_request: Callable[[], None] = lambda: None  # called before and after applying
        self.port = 0  # on loopback, once it listens

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def then(self, *faults: Fault) -> Faulty:
        """These faults befall the next bulk requests, in this order."""
        self.script.extend(faults)
        return self

    # -- what is answered --------------------------------------------------------------------

    def reply(self, method: str, target: str, body: bytes) -> Reply:
        """The answer to a request; the parts of the path decide."""
        parts = urlsplit(target)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        self.asked.append(f"{method} {parts.path}")
        self.on_request()
        found = self._found(method, path, query, body)
        self.on_request()
        if "filter_path" in query and found.status == 200:
            wanted = [name.split(".") for name in query["filter_path"].split(",")]
            return Reply(200, _filtered(found.body, wanted) or {}, found.manner)
        return found

    def _found(self, method: str, path: list[str], query: Mapping[str, str], body: bytes) -> Reply:
        match path:
            case ["_bulk"] | [_, "_bulk"]:
                return self._bulk(path[0], body)
            case ["_mget"] | [_, "_mget"]:
                return self._many(path[0], json.loads(body))
            case [name, "_refresh"]:
                return self._refreshed(name, "ignore_unavailable" in query)
            case [name, "_rollover"]:
                self.cluster.rollover(name)
                return Reply(200, {"rolled_over": True})
            case [index, "_update" | "_doc" as verb, name]:
                return self._single(method, index, verb, name, query, body)
            case _:
                return self._about(path) if method == "GET" else failed(405, "never_learnt")

    def _about(self, path: list[str]) -> Reply:
        match path:
            case ["_nodes", *_]:
                return Reply(200, _NODES)
            case ["_cluster", "health", *_]:
                return Reply(200, _CLUSTER)
            case ["_index_template", name]:
                return Reply(200, {"index_templates": [{"name": name, "index_template": {}}]})
            case [pattern]:
                return self._listed(pattern)
            case _:
                return failed(405, "never_learnt")

    def _bulk(self, stream: str, body: bytes) -> Reply:
        time.sleep(self.pause_s)
        if self.limit_bytes is not None and len(body) > self.limit_bytes:
            return failed(413, "content_too_long")
        target, items = _items(body, stream)
        fault = self.script.popleft() if self.script else healthy
        return fault(Bulk(self.cluster, target, items))

    def _many(self, index: str, body: Mapping[str, Any]) -> Reply:
        asked = body.get("docs") or [{"_id": name} for name in body["ids"]]
        return Reply(200, {"docs": [self._one(d.get("_index", index), d["_id"]) for d in asked]})

    def _one(self, index: str, name: str) -> dict[str, Any]:
        backing = self.cluster.named(index)
        if self.mute:
            self.mute -= 1
            return {"_index": index, "_id": name, "error": _NO_SHARD}
        if backing is None:  # a stream is no index either, for this question
            return {"_index": index, "_id": name, "error": _no_index(index)}
        return {"_index": index, "_id": name, "found": name in backing.documents}

    def _refreshed(self, name: str, may_lack: bool) -> Reply:
        if not self.cluster.backing(name) and not may_lack:
            return Reply(404, {"error": _no_index(name), "status": 404})
        fails = self.unrefreshed > 0
        self.unrefreshed -= fails
        if not fails:
            self.cluster.refresh(name)
        return Reply(200, {"_shards": {"total": 1, "successful": 1 - fails, "failed": int(fails)}})

    def _listed(self, pattern: str) -> Reply:
        every = [b for s in self.cluster.streams() for b in self.cluster.backing(s)]
        names = [b.name for b in every if any(fnmatchcase(b.name, p) for p in pattern.split(","))]
        index = {"index": {"creation_date": "1773795600000"}}
        return Reply(200, {name: {"settings": index} for name in names})

    def _single(
        self, method: str, index: str, verb: str, name: str, query: Mapping[str, str], body: bytes
    ) -> Reply:
        if method == "GET":
            return self._got(index, name)
        sent = json.loads(body)
        if "op_type" in query and self.cluster.single(index, name) is not None:
            return failed(409, "version_conflict_engine_exception")
        doc, is_merged = (sent["doc"], True) if verb == "_update" else (sent, False)
        expected = int(query["if_seq_no"]) if "if_seq_no" in query else None
        found = self.cluster.update(index, name, doc, expected, is_merged=is_merged)
        if found is None:
            return failed(409, "version_conflict_engine_exception")
        return Reply(200, {"_id": name, "result": "updated", "_seq_no": found.seq_no})

    def _got(self, index: str, name: str) -> Reply:
        found = self.cluster.single(index, name)
        if found is None and not self.cluster.has_index(index):
            return Reply(404, {"error": _no_index(index), "status": 404})
        if found is None:
            return Reply(404, {"_index": index, "_id": name, "found": False})
        held = {"_seq_no": found.seq_no, "_primary_term": 1, "_source": found.source}
        return Reply(200, {"_index": index, "_id": name, "found": True, **held})


def _items(body: bytes, stream: str) -> tuple[str, list[Item]]:
    """The stream and the documents of a bulk request, which holds ``create`` and nothing else."""
    lines = body.split(b"\n")
    assert lines.pop() == b"", "a bulk request ends with a line break"
    assert len(lines) % 2 == 0, "an action line without a document"
    actions = [json.loads(line) for line in lines[::2]]
    assert all(set(action) == {"create"} for action in actions), "a stream takes only create"
    named = {action["create"].get("_index", stream) for action in actions}
    pairs = zip(actions, lines[1::2], strict=True)
    return named.pop(), [Item(action["create"]["_id"], line) for action, line in pairs]


def _no_index(index: str) -> dict[str, Any]:
    cause = {"type": "index_not_found_exception", "reason": f"no such index [{index}]"}
    return {"root_cause": [cause], **cause}


def _filtered(value: Any, wanted: list[list[str]]) -> Any:
    """What ``filter_path`` leaves of an answer; lists are looked through. None: nothing."""
    if any(not path for path in wanted) or not isinstance(value, dict | list):
        return value if any(not path for path in wanted) else None
    if isinstance(value, list):
        kept = [_filtered(one, wanted) for one in value]
        return [one for one in kept if one is not None] or None
    pairs = {
        key: _filtered(inner, [path[1:] for path in wanted if fnmatchcase(key, path[0])])
        for key, inner in value.items()
    }
    return {key: inner for key, inner in pairs.items() if inner is not None} or None
