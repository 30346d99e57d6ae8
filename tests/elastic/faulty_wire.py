"""The wire of the server that fails: whole answers, cut ones, dripping ones, and resets."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.elastic.faults import Reply
from tests.elastic.faulty import Faulty

DRIPS = 8  # parts of an answer that drips


class _Talk(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    faulty: Faulty

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the other side is gone: that is no fault of ours

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        reply = self.faulty.reply(self.command, self.path, body)
        data = json.dumps(reply.body).encode()
        if reply.manner == "late":
            time.sleep(self.faulty.drip_s)
        if reply.manner == "reset":
            self._reset()
            return
        self.send_response(reply.status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self._send(data, reply)

    def _send(self, data: bytes, reply: Reply) -> None:
        if reply.manner == "cut":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif reply.manner == "drip":
            size = len(data) // DRIPS + 1
            for start in range(0, len(data), size):
                time.sleep(self.faulty.drip_s / DRIPS)
                self.wfile.write(data[start : start + size])
        else:
            self.wfile.write(data)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - as the library calls them

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests look at what was asked."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def faulty(again: Faulty | None = None) -> Iterator[Faulty]:
    """The server until the end of the block; ``again``: one that was away, at its address."""
    found = again or Faulty()
    talk = type("_Of", (_Talk,), {"faulty": found})
    with _Server(("127.0.0.1", found.port), talk) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
