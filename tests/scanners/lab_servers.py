"""The servers of the lab: run inside its namespace by their path, so they import nothing of ours.

Fifty hosts: 40 that answer, 5 that drop everything, 5 that drop all but 80 and 443. Each HTTP
server answers junk with its own 400, else nmap takes it for something else.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import Awaitable, Callable
from pathlib import Path

PREFIX = "198.18.7"
HOSTS = 50
Server = Callable[[Reader, Writer], Awaitable[None]]
INFO = b"# Server\r\nredis_version:3.2.12\r\nos:Linux 3.10.0 x86_64\r\ntcp_port:6379\r\n"


def addresses() -> tuple[str, ...]:
    return tuple(f"{PREFIX}.{host}" for host in range(1, HOSTS + 1))


def dropped() -> tuple[str, ...]:
    """Hosts that answer nothing at all."""
    return addresses()[40:45]


def partial() -> tuple[str, ...]:
    """Hosts that answer on 80 and 443 only."""
    return addresses()[45:]


def services() -> dict[tuple[str, int], str]:
    """What listens where: (address, port) -> sort of server."""
    found: dict[tuple[str, int], str] = {}
    for number, address in enumerate(addresses(), start=1):
        found[address, 80] = "nginx" if number % 2 else "apache"
        if number % 3 == 0:
            found[address, 22] = "ssh"
        if number % 10 == 0:
            found[address, 6379] = "redis"
        if number % 20 == 1:
            found[address, 443] = "tls"
        if number % 25 == 2:
            found[address, 27017] = "silent"
        if number % 16 == 5:
            found[address, 23] = "telnet"
    return found


def _web(server: str, title: str) -> Server:
    head = f"Server: {server}\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    body = f"<html><head><title>{title}</title></head></html>".encode()

    async def serve(reader: Reader, writer: Writer) -> None:
        asked = await reader.read(4_096)
        good = asked.startswith((b"GET ", b"HEAD ", b"OPTIONS "))
        sent = body if good and not asked.startswith(b"HEAD") else b""
        status = "200 OK" if good else "400 Bad Request"
        length = f"Content-Length: {len(body) if good else 0}\r\n\r\n"
        writer.write(f"HTTP/1.1 {status}\r\n{head}{length}".encode() + sent)

    return serve


async def _ssh(reader: Reader, writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_7.4\r\n")
    await reader.read(4_096)


async def _redis(reader: Reader, writer: Writer) -> None:
    while asked := (await reader.read(4_096)).upper():
        if b"INFO" in asked:
            writer.write(b"$%d\r\n%s\r\n" % (len(INFO), INFO))
        else:
            writer.write(b"-ERR unknown command\r\n")


async def _telnet(reader: Reader, writer: Writer) -> None:
    writer.write(b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27")
    await reader.read(4_096)


async def _silent(reader: Reader, writer: Writer) -> None:
    while await reader.read(4_096):
        pass


SORTS: dict[str, Server] = {
    "nginx": _web("nginx/1.14.2", "Welcome to nginx!"),
    "apache": _web("Apache/2.2.15", "区便民服务"),
    "tls": _web("nginx/1.24.0", "统一登录"),
    "ssh": _ssh,
    "redis": _redis,
    "telnet": _telnet,
    "silent": _silent,
}


def _patient(server: Server) -> Server:
    """Ends the connection whatever the scanner does."""

    async def serve(reader: Reader, writer: Writer) -> None:
        try:
            await asyncio.wait_for(server(reader, writer), 300)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return serve


def _certificate(folder: Path) -> ssl.SSLContext:
    """A key of 1,024 bits and a certificate that lasts ten days."""
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "10"),
            *("-subj", "/CN=login.lab.example", "-keyout", "key.pem", "-out", "certificate.pem"),
        ),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def main(folder: Path) -> None:
    """Listen everywhere, say so, and go on until somebody ends us."""
    tls = _certificate(folder)
    for (address, port), sort in services().items():
        context = tls if sort == "tls" else None
        await asyncio.start_server(_patient(SORTS[sort]), address, port, ssl=context, backlog=256)
    (folder / "ready").touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
