from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

from playbooks.simulate.lab import TITLE, Server, running
from tests import lab


def answer(server: Server, asked: bytes) -> bytes:
    """Everything that the server says to one question."""
    with socket.create_connection((server.address, server.port), timeout=5) as link:
        link.sendall(asked)
        link.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: link.recv(4_096), b""))


def test_the_web_server_shows_its_title_and_an_old_version() -> None:
    with lab.running() as (web, _, _):
        page = answer(web, b"GET / HTTP/1.0\r\n\r\n")

    assert page.startswith(b"HTTP/1.1 200 OK\r\nServer: nginx/1.14.2")
    assert f"<title>{TITLE}</title>".encode() in page


def test_a_head_request_gets_no_body() -> None:
    with lab.running() as (web, _, _):
        assert answer(web, b"HEAD / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n")


def test_the_cache_tells_strangers_its_version() -> None:
    with lab.running() as (_, cache, _):
        told = answer(cache, b"PING\r\n") + answer(cache, b"INFO\r\n")

    assert told.startswith(b"+PONG\r\n$")
    assert b"redis_version:3.2.12" in told


def test_the_login_shows_a_banner() -> None:
    with lab.running() as (_, _, login):
        assert answer(login, b"SSH-2.0-x\r\n") == b"SSH-2.0-OpenSSH_7.4\r\n"


def test_junk_and_silence_break_no_server() -> None:
    with lab.running() as servers:
        for server in servers:
            answer(server, b"\x00\xff junk\r\n")
            socket.create_connection((server.address, server.port), timeout=5).close()
        assert b"200 OK" in answer(servers[0], b"GET / HTTP/1.0\r\n\r\n")


def test_a_server_whose_port_is_taken_is_left_out() -> None:
    with lab.running() as servers, running(servers) as second:
        assert second == ()


def test_a_port_that_another_lab_gives_back_is_waited_for() -> None:
    first = ExitStack()
    servers = first.enter_context(lab.running())
    threading.Timer(0.3, first.close).start()

    with running(servers, patience_s=60) as second:
        assert second == servers


def test_nothing_listens_when_the_block_has_ended() -> None:
    with lab.running() as servers:
        pass

    with socket.socket() as link:
        assert link.connect_ex((servers[0].address, servers[0].port)) != 0
