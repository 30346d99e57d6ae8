"""A server with TLS and one user for each of our roles (file realm)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from soc.config import ElasticsearchSettings
from tests import elastic_server
from tests.elastic_server import QUICK, Command, Server, jdk_tool

ROLES = ("collector", "detector", "recorder", "analyst", "reporter", "setup")
_ITERATIONS = 10_000


@dataclass(frozen=True)
class Secured:
    """The server, the certificate that it shows, and the password of each user."""

    server: Server
    certificate: Path
    passwords: dict[str, str]

    def settings(
        self, folder: Path, user: str, namespace: str = "default"
    ) -> ElasticsearchSettings:
        """How a user connects; the password stands in a file that only its owner can read."""
        secret = folder / f"{user}.password"
        secret.write_text(self.passwords[user], encoding="utf-8")
        secret.chmod(0o600)
        return ElasticsearchSettings(
            hosts=(self.server.url,),
            ca_certs=self.certificate,
            user=user,
            password_file=secret,
            namespace=namespace,
        )


def role(name: str) -> object:
    """A role descriptor as shipped."""
    text = files("soc").joinpath("data", "roles", f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)


@contextmanager
def secured(folder: Path) -> Iterator[Secured]:
    """A secured server until the end of the block.

    Raises:
        Absent: no JDK, no mvn, or the distribution cannot be fetched.
    """
    keystore, certificate, password = _certificate(folder)
    passwords = {name: secrets.token_hex(8) for name in ROLES}
    users = "".join(f"{name}:{_hashed(word)}\n" for name, word in passwords.items())
    roles = "".join(f"soc_{name}: {json.dumps(_of_file(role(name)))}\n" for name in ROLES)
    server = elastic_server.start(
        {
            "xpack.security.enabled": True,
            "xpack.security.http.ssl.enabled": True,
            "xpack.security.http.ssl.keystore.path": keystore.name,
            "xpack.security.authc.realms.file.file1.order": 0,
        },
        files={
            keystore.name: keystore.read_bytes(),
            "users": users.encode(),
            "users_roles": "".join(f"soc_{name}:{name}\n" for name in ROLES).encode(),
            "roles.yml": roles.encode(),
        },
        java=QUICK,
        commands=(
            Command(("bin/elasticsearch-keystore", "create")),
            Command(
                (
                    "bin/elasticsearch-keystore",
                    "add",
                    "-x",
                    "xpack.security.http.ssl.keystore.secure_password",
                ),
                password,
            ),
        ),
    )
    try:
        yield Secured(server, certificate, passwords)
    finally:
        server.stop()


def _of_file(descriptor: object) -> object:
    """What a file of roles takes: it knows no metadata."""
    assert isinstance(descriptor, dict)
    return {key: value for key, value in descriptor.items() if key != "metadata"}


def _hashed(password: str) -> str:
    """How a file of users holds a password: PBKDF2 with SHA-512, 32 bytes."""
    salt = secrets.token_bytes(32)
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, 32)
    parts = (base64.b64encode(part).decode() for part in (salt, found))
    return "{PBKDF2}" + "$".join([str(_ITERATIONS), *parts])


def _certificate(folder: Path) -> tuple[Path, Path, str]:
    """A key for 127.0.0.1 that signed itself: the store, the certificate, the store's password."""
    keystore, certificate = folder / "http.p12", folder / "http.pem"
    password = secrets.token_hex(8)
    tool = [str(jdk_tool("keytool")), "-keystore", str(keystore), "-storepass", password]
    name = ["-alias", "http", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"]
    _run(
        [*tool, "-genkeypair", "-storetype", "PKCS12", "-keyalg", "EC", *name, "-ext", "bc=ca:true"]
    )
    _run([*tool, "-exportcert", "-rfc", "-alias", "http", "-file", str(certificate)])
    return keystore, certificate, password


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
