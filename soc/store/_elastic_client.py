"""The connection to Elasticsearch: security, and its errors in the words of ``soc.errors``.

TLS is verified by ``ca_certs``, by a pinned fingerprint, or by the authorities that the machine
trusts. Secrets come from files that only their owner can read or from the environment, and go
nowhere but into the request.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import ssl
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import elastic_transport
import elasticsearch
from elastic_transport import Serializer
from elasticsearch import Elasticsearch

from soc.errors import ConfigError, Conflict, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from soc.config import ElasticsearchSettings

log = logging.getLogger(__name__)

API_KEY = "SOC_ELASTICSEARCH_API_KEY"
PASSWORD = "SOC_ELASTICSEARCH_PASSWORD"  # noqa: S105 - the name of a variable
SUPPORTED = "Elasticsearch 9.2 or later"
_LEAST = (9, 2)
_PASSING = frozenset({408, 429, 502, 503, 504})
_NO_RIGHT = frozenset({401, 403})
_NONE: Mapping[str, Serializer] = {}
_NODE = re.compile(r"host='([^']+)', port=(\d+)")


def connect(
    settings: ElasticsearchSettings,
    environment: Mapping[str, str],
    *,
    serializers: Mapping[str, Serializer] = _NONE,
) -> Elasticsearch:
    """A client of the cluster; nothing is asked yet. ``serializers`` by media type are its own.

    Raises:
        ConfigError: an address, certificate or secret that must not be used as it is.
    """
    for host in settings.hosts:
        _check_host(host, settings.insecure)
    with translated(settings.hosts[0]):
        return Elasticsearch(
            list(settings.hosts),
            request_timeout=settings.timeout_s,
            max_retries=2,
            retry_on_status=(502, 503, 504),
            retry_backoff_base=0.2,
            retry_backoff_cap=2.0,
            connections_per_node=8,
            serializers=serializers,
            **_trust(settings),
            **_secret(settings, environment),
        )


def _check_host(host: str, insecure: bool) -> None:
    place = f"elasticsearch.hosts: {_bare(host)}"
    try:
        parts = urlsplit(host)
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"{place}: {error}; write https://host:9200") from error
    if parts.scheme not in ("https", "http") or not name:
        raise ConfigError(f"{place}: is no address of a node; write https://host:9200")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(f"{place}: holds a secret; use api_key_file or user and password_file")
    if port is None:
        raise ConfigError(f"{place}: has no port; write https://{name}:9200")
    if parts.scheme == "https" or is_loopback(name):
        return
    if not insecure:
        raise ConfigError(f"{place}: plain http to another host; write https, see insecure")
    log.warning("plain http to another host: events and secrets can be read on the way",
                extra={"url.original": _bare(host)})  # fmt: skip


def _bare(host: str) -> str:
    """An address without what stands before its at sign."""
    scheme, mark, rest = host.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else host.rpartition("@")[2]


def is_loopback(name: str) -> bool:
    """True for this machine itself."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _trust(settings: ElasticsearchSettings) -> dict[str, Any]:
    """What the certificate of a node is checked by."""
    if settings.ca_certs is not None and settings.fingerprint:
        raise ConfigError("elasticsearch.fingerprint: stands beside ca_certs; keep one of the two")
    if all(host.startswith("http://") for host in settings.hosts):
        return {}
    if settings.fingerprint:
        return {"ssl_assert_fingerprint": settings.fingerprint.replace(":", "").lower(),
                "ssl_show_warn": False}  # fmt: skip
    if settings.ca_certs is None:
        return {"verify_certs": True}
    _check_certificates(settings.ca_certs)
    return {"verify_certs": True, "ca_certs": str(settings.ca_certs)}


def _check_certificates(path: Path) -> None:
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"elasticsearch.ca_certs: {path}: holds no certificates ({error}); name a PEM file"
        ) from error


def _secret(settings: ElasticsearchSettings, environment: Mapping[str, str]) -> dict[str, Any]:
    """How we say who we are; nothing where no secret is named."""
    api_key = _named(settings.api_key_file, "api_key_file", API_KEY, environment)
    password = _named(settings.password_file, "password_file", PASSWORD, environment)
    if api_key and settings.user:
        raise ConfigError("elasticsearch.user: stands beside an API key; keep one of the two")
    if api_key:
        return {"api_key": api_key}
    if not settings.user:
        return {}
    if not password:
        raise ConfigError(f"elasticsearch.user: has no password; set password_file or {PASSWORD}")
    return {"basic_auth": (settings.user, password)}


def _named(
    path: Path | None, key: str, variable: str, environment: Mapping[str, str]
) -> str | None:
    return environment.get(variable) if path is None else secret(path, f"elasticsearch.{key}")


def secret(path: Path, place: str) -> str:
    """What a file holds that nobody but its owner can read.

    Raises:
        ConfigError: others can read it, it belongs to somebody else, or it cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            held, text = os.fstat(file.fileno()), file.read(65_536).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place}: {path}: cannot be read; mend its path or owner") from error
    if stat.S_IMODE(held.st_mode) & 0o077:
        raise ConfigError(f"{place}: {path}: others can read it; chmod 600 it, change the secret")
    if held.st_uid not in (os.geteuid(), 0):
        raise ConfigError(f"{place}: {path}: belongs to user {held.st_uid}; chown it to yourself")
    if not text:
        raise ConfigError(f"{place}: {path}: is empty; write the secret into it")
    return text


@dataclass(frozen=True, slots=True)
class Server:
    """What answers: its version, its modules, the Java that it runs on."""

    version: str
    modules: frozenset[str]
    java: str

    @property
    def java_release(self) -> int:
        """21, 25 …; 0 where the node does not tell."""
        head = self.java.partition(".")[0]
        return int(head) if head.isdigit() else 0


def probe(client: Elasticsearch) -> Server:
    """What the cluster is; only what every node offers counts.

    ``GET /`` is left alone: cut-down distributions do not answer it.

    Raises:
        StoreError: it is no Elasticsearch, or too old; one line says what is supported.
        StoreUnavailable: it does not answer.
    """
    with translated("elasticsearch"):
        answer = client.perform_request(
            "GET",
            "/_nodes/plugins,jvm?filter_path=nodes.*.version,nodes.*.modules.name,"
            "nodes.*.plugins.name,nodes.*.jvm.version",
            headers={"accept": "application/json"},
        )
    nodes: list[Any] = list(answer.body.get("nodes", {}).values())
    if not nodes:
        raise StoreError(f"elasticsearch: names no nodes: {SUPPORTED} is supported")
    oldest = min((node.get("version", "0") for node in nodes), key=_version)
    if _version(oldest) < _LEAST or _version(oldest) >= (10,):
        raise StoreError(f"elasticsearch: version {oldest}: {SUPPORTED} is supported (9.x)")
    offered = [frozenset(_names(node)) for node in nodes]
    javas = [str(node.get("jvm", {}).get("version", "")) for node in nodes]
    return Server(oldest, frozenset.intersection(*offered), min(javas))


def _version(text: str) -> tuple[int, ...]:
    parts = text.partition("-")[0].split(".")[:2]
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (0,)


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    for sort in ("modules", "plugins"):
        yield from (str(one["name"]) for one in node.get(sort, ()))


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the client and its transport become ours, with the place named."""
    try:
        yield
    except elasticsearch.UnsupportedProductError as error:
        raise StoreError(f"{place}: is no Elasticsearch: {SUPPORTED} is supported") from error
    except (elastic_transport.TransportError, elastic_transport.ApiError) as error:
        raise translate(error, place) from error
    except (ssl.SSLError, OSError) as error:
        raise StoreUnavailable(f"{place}: {_line(error)}: see `soc doctor`") from error


def translate(error: Exception, place: str) -> StoreError:
    """The error of ours for one of theirs; it says what the server said, cut to a line."""
    if isinstance(error, elastic_transport.ApiError):
        return _of_answer(error, place)
    if isinstance(error, elastic_transport.TlsError):
        return StoreError(f"{place}: TLS: {_line(error)}: check ca_certs or fingerprint")
    if isinstance(error, elastic_transport.SerializationError):
        return StoreError(f"{place}: {_line(error)}: see `soc doctor`")
    return StoreUnavailable(f"{place}: {_line(error)}: is the server up? see `soc doctor`")


def _of_answer(error: elastic_transport.ApiError, place: str) -> StoreError:
    status, line = error.meta.status, reason(error.body) or _line(error)
    if status in _NO_RIGHT:
        return StoreError(f"{place}: {status}: {line}: check the key, and the rights of its role")
    if status == 409:
        return Conflict(f"{place}: {status}: {line}: read it again")
    if status in _PASSING:
        return StoreUnavailable(f"{place}: {status}: {line}: try again, see `soc doctor`")
    return StoreError(f"{place}: {status}: {line}: see `soc doctor`")


def reason(body: object) -> str:
    """Type and reason of the error in an answer; empty where there is none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, str):
        return error[:300]
    if not isinstance(error, Mapping):
        return ""
    causes = [error, *error.get("root_cause", ()), *_failed(error)]
    told = dict.fromkeys(f"{c.get('type')}: {c.get('reason')}" for c in causes if c.get("reason"))
    return "; ".join(told)[:300]


def _failed(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for shard in error.get("failed_shards", ()):
        found = shard.get("reason")
        while isinstance(found, Mapping):
            yield found
            found = found.get("caused_by")


def _line(error: Exception) -> str:
    """What went wrong at the bottom of it, with the node where it is named; one line."""
    root = _root(error)
    said = (root.strerror if isinstance(root, OSError) else None) or str(root) or str(error)
    node = _NODE.search(str(error))
    where = f"{node[1]}:{node[2]}: " if node and node[1] not in said else ""
    return " ".join(f"{where}{said}".split())[:300] or type(error).__name__


def _root(error: BaseException) -> BaseException:
    """The error that the others were raised for."""
    inner = getattr(error, "errors", ()) or ()
    cause = error.__cause__ or next((one for one in inner if one is not error), None)
    return _root(cause) if isinstance(cause, BaseException) else error
