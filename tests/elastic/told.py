"""A server of Elasticsearch's protocol that says what it is told to say, path by path."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

NODES = {"nodes": {"a": {"version": "9.5.0", "jvm": {"version": "25"}, "modules": []}}}


@dataclass(frozen=True)
class Said:
    """What one path is answered with."""

    body: Any
    status: int = 200


@dataclass
class Told:
    """The answers by path, and the requests that came: path and headers.

    Of several answers each is given once, the last one from then on.
    """

    answers: Mapping[str, Said | list[Said]]
    url: str = ""
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def said(self, path: str) -> Said:
        """The answer of the longest beginning that is known; else there is no such path."""
        known = [begin for begin in self.answers if path.startswith(begin)]
        if not known:
            return Said({"error": f"no handler found for uri [{path}]"}, 400)
        said = self.answers[max(known, key=len)]
        if isinstance(said, Said):
            return said
        return said.pop(0) if len(said) > 1 else said[0]


@contextmanager
def told(answers: Mapping[str, Said | list[Said]]) -> Iterator[Told]:
    """The server until the end of the block."""
    found = Told({"/_nodes/plugins": Said(NODES), **answers})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found.asked.append((path, dict(self.headers)))
            self.rfile.read(int(self.headers.get("content-length") or 0))
            said = found.said(path)
            body = json.dumps(said.body).encode()
            self.send_response(said.status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: what was asked is kept."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
