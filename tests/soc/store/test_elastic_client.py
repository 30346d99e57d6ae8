"""The connection: who is trusted, which secrets are taken, what errors say."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import elastic_transport
import elasticsearch
import pytest

from soc.config import ElasticsearchSettings, validated
from soc.errors import ConfigError, Conflict, SocError, StoreError, StoreUnavailable
from soc.store._elastic_client import API_KEY, PASSWORD, connect, probe, secret, translated
from tests.elastic import shipped

LOCAL = "http://127.0.0.1:9200"
FAR = "http://192.0.2.1:9200"


def _settings(**values: object) -> ElasticsearchSettings:
    return validated(ElasticsearchSettings, {"hosts": [LOCAL], **values}, place="test")


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("host", [LOCAL, "http://localhost:9200", "http://[::1]:9200"])
def test_plain_http_is_taken_on_loopback(host: str) -> None:
    connect(_settings(hosts=[host]), {}).close()


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (FAR, "plain http"),
        ("https://user:hidden@192.0.2.1:9200", "holds a secret"),
        ("https://192.0.2.1", "no port"),
        ("192.0.2.1:9200", "no address"),
        ("ftp://192.0.2.1:9200", "no address"),
        ("https://192.0.2.1:99999", "out of range"),
    ],
)
def test_an_address_that_must_not_be_used_is_refused(host: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        connect(_settings(hosts=[LOCAL, host]), {})

    assert "hidden" not in str(refused.value)


def test_plain_http_to_another_host_is_logged_at_every_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        connect(_settings(hosts=[FAR], insecure=True), {}).close()

    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_pin_beside_certificates_is_refused(tmp_path: Path) -> None:
    settings = _settings(ca_certs=tmp_path / "ca.pem", fingerprint="00" * 32)

    with pytest.raises(ConfigError, match="keep one"):
        connect(settings, {})


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    settings = _settings(hosts=["https://192.0.2.1:9200"], ca_certs=_file(tmp_path, "nothing"))

    with pytest.raises(ConfigError, match="holds no certificates"):
        connect(settings, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path, "key", mode)

    with pytest.raises(ConfigError, match="others can read it"):
        secret(path, "elasticsearch.api_key_file")


def test_a_secret_that_is_empty_or_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is empty"):
        secret(_file(tmp_path, " \n"), "place")
    with pytest.raises(ConfigError, match="cannot be read"):
        secret(tmp_path / "none", "place")


def test_a_user_without_a_password_and_two_ways_at_once_are_refused(tmp_path: Path) -> None:
    key = _file(tmp_path, "key")

    with pytest.raises(ConfigError, match="has no password"):
        connect(_settings(user="soc"), {})
    with pytest.raises(ConfigError, match="keep one"):
        connect(_settings(user="soc", api_key_file=key), {PASSWORD: "word"})


class _Answers(BaseHTTPRequestHandler):
    """Answers everything alike and remembers who asked."""

    status, body, headers_out, seen = 200, b"{}", dict[str, str](), list[str]()

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization", ""))
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        for name, value in self.headers_out.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def _answering(
    body: str, status: int = 200, product: str = "Elasticsearch"
) -> Iterator[tuple[ElasticsearchSettings, list[str]]]:
    seen: list[str] = []
    headers = {"X-Elastic-Product": product} if product else {}
    parts = {"body": body.encode(), "status": status, "headers_out": headers, "seen": seen}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), parts))
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield _settings(hosts=[f"http://127.0.0.1:{server.server_port}"]), seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _nodes(*versions: str) -> str:
    nodes = ",".join(
        f'"n{n}":{{"version":"{v}","modules":[{{"name":"m{n}"}},{{"name":"both"}}],'
        f'"plugins":[],"jvm":{{"version":"2{n}.0.1"}}}}'
        for n, v in enumerate(versions)
    )
    return f'{{"nodes":{{{nodes}}}}}'


def test_an_api_key_of_a_file_or_of_the_environment_is_sent(tmp_path: Path) -> None:
    with _answering(_nodes("9.5.0")) as (settings, seen):
        for made, environment in (
            (settings.model_copy(update={"api_key_file": _file(tmp_path, "a2V5\n")}), {}),
            (settings, {API_KEY: "a2V5"}),
        ):
            with connect(made, environment) as client:
                probe(client)

    assert seen == ["ApiKey a2V5"] * 2


def test_what_counts_is_what_every_node_offers() -> None:
    with _answering(_nodes("9.5.0", "9.4.1")) as (settings, _), connect(settings, {}) as client:
        found = probe(client)

    assert (found.version, found.java_release) == ("9.4.1", 20)
    assert found.modules == {"both"}


@pytest.mark.parametrize(
    ("body", "status", "product"),
    [
        (_nodes("8.19.0"), 200, "Elasticsearch"),
        (_nodes("10.0.0"), 200, "Elasticsearch"),
        (_nodes("3.1.0"), 200, ""),
        ("{}", 200, "Elasticsearch"),
    ],
    ids=["8", "10", "another product", "something else"],
)
def test_what_is_not_supported_is_one_line(body: str, status: int, product: str) -> None:
    with (
        _answering(body, status, product) as (settings, _),
        connect(settings, {}) as client,
        pytest.raises(StoreError, match="is supported"),
    ):
        probe(client)


@pytest.mark.parametrize(
    ("status", "kind", "can_retry"),
    [
        (400, StoreError, False),
        (401, StoreError, False),
        (403, StoreError, False),
        (404, StoreError, False),
        (409, Conflict, True),
        (413, StoreError, False),
        (429, StoreUnavailable, True),
        (500, StoreError, False),
        (503, StoreUnavailable, True),
    ],
)
def test_an_answer_becomes_an_error_that_says_whether_to_retry(
    status: int, kind: type[StoreError], can_retry: bool
) -> None:
    body = '{"error":{"type":"some_exception","reason":"what it\\nsaid"},"status":1}'

    with (
        _answering(body, status) as (settings, _),
        connect(settings, {}) as client,
        pytest.raises(StoreError, match="some_exception: what it said") as refused,
        translated("flow"),
    ):
        client.perform_request("GET", "/x")

    assert type(refused.value) is kind
    assert refused.value.can_retry is can_retry


def test_a_server_that_is_away_is_unavailable() -> None:
    with (
        connect(_settings(hosts=["http://127.0.0.1:1"]), {}) as client,
        pytest.raises(StoreUnavailable, match="is the server up"),
    ):
        probe(client)


def _theirs() -> list[type[Exception]]:
    found: set[type[Exception]] = set()
    for module in (elasticsearch, elastic_transport):
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, Exception) and not issubclass(value, Warning):
                found.add(value)
    return sorted(found, key=lambda kind: kind.__name__)


def _raised(kind: type[Exception]) -> Exception:
    if issubclass(kind, elastic_transport.ApiError):
        meta = elastic_transport.ApiResponseMeta(
            500, "1.1", elastic_transport.HttpHeaders(), 0.1, elastic_transport.NodeConfig(
                "http", "127.0.0.1", 9200
            )
        )  # fmt: skip
        return kind("told", meta, {"error": "told"})
    return kind("told")


@pytest.mark.parametrize("kind", _theirs(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_library_becomes_ours(kind: type[Exception]) -> None:
    with pytest.raises(SocError), translated("flow"):
        raise _raised(kind)


def test_the_real_server_is_known() -> None:
    found = probe(shipped.client())

    assert found.version == "9.5.0"
    assert found.java_release >= 21
    assert "x-pack-core" in found.modules
