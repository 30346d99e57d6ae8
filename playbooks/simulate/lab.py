"""Small servers on loopback that a real scanner can look at: web, cache, remote login.

They answer as such servers do, junk included, and hold nothing.
"""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

TITLE = "澜汀区企业服务平台"
_PAGE = f"<html><head><meta charset='utf-8'><title>{TITLE}</title></head></html>".encode()
_SERVER = b"Server: nginx/1.14.2\r\nContent-Type: text/html; charset=utf-8\r\n"
_OK = b"HTTP/1.1 200 OK\r\n" + _SERVER + b"Connection: close\r\nContent-Length: %d\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\n" + _SERVER + b"Connection: close\r\nContent-Length: 0\r\n\r\n"
_INFO = b"# Server\r\nredis_version:3.2.12\r\nos:Linux 3.10.0 x86_64\r\ntcp_port:6379\r\n"
TIMEOUT_S = 5.0
PAUSE_S = 0.2  # between two tries to take a port


@dataclass(frozen=True, slots=True)
class Server:
    """Where a small server listens, and what it claims to be."""

    address: str
    port: int
    product: str


SERVERS = (
    Server("127.0.10.11", 8080, "nginx"),
    Server("127.0.10.12", 6379, "Redis"),
    Server("127.0.10.13", 2222, "OpenSSH"),
)


class _Web(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        first = self.request.recv(4_096)
        if first.startswith((b"GET ", b"HEAD ", b"OPTIONS ")):
            body = b"" if first.startswith(b"HEAD") else _PAGE
            self.request.sendall(_OK % len(_PAGE) + body)
        else:
            self.request.sendall(_BAD)


class _Cache(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        while asked := self.request.recv(4_096):
            command = asked.upper()
            if b"INFO" in command:
                self.request.sendall(b"$%d\r\n%s\r\n" % (len(_INFO), _INFO))
            elif b"PING" in command:
                self.request.sendall(b"+PONG\r\n")
            elif b"QUIT" in command:
                self.request.sendall(b"+OK\r\n")
                return
            else:
                self.request.sendall(b"-ERR unknown command\r\n")


class _Login(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        self.request.sendall(b"SSH-2.0-OpenSSH_7.4\r\n")
        self.request.recv(4_096)


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A scanner hangs up in the middle: that is its right."""


_ANSWERS: dict[str, Callable[..., socketserver.BaseRequestHandler]] = {
    "nginx": _Web,
    "Redis": _Cache,
    "OpenSSH": _Login,
}


@contextmanager
def running(
    servers: tuple[Server, ...] = SERVERS, patience_s: float = 0.0
) -> Iterator[tuple[Server, ...]]:
    """The servers listen for the length of the block.

    One whose port is taken, by another demo perhaps, is waited for and then left out.
    """
    until_s = time.monotonic() + patience_s
    with ExitStack() as stack:
        yield tuple(server for server in servers if _started(server, until_s, stack))


def _started(server: Server, until_s: float, stack: ExitStack) -> bool:
    listener = _listening(server)
    while listener is None and time.monotonic() < until_s:
        time.sleep(PAUSE_S)
        listener = _listening(server)
    if listener is None:
        return False
    stack.callback(listener.server_close)
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    stack.callback(listener.shutdown)
    return True


def _listening(server: Server) -> _Listener | None:
    try:
        return _Listener((server.address, server.port), _ANSWERS[server.product])
    except OSError:
        return None
