"""A real Elasticsearch 9.5 on loopback: for the tests of a run, and by hand (``make elastic``).

The distribution comes from the Maven repository that ``mvn`` is set up for, once, into a cache
outside the project. The server runs in a folder of its own under the system's temporary folder,
as an unprivileged user, on free ports. It is stopped by its pid when the run that asked for it
ends, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

VERSION = "9.5.0"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
HEAP = "512m"
LEAST_JAVA = 21
START_S = 240
QUICK = "-XX:TieredStopAtLevel=1"  # half the processor time to start; slower under load
_NEEDED = ("jdk.jdi", "jdk.incubator.vector")  # modules that a runtime cut to size lacks


@dataclass(frozen=True)
class Server:
    """A node that answers."""

    url: str
    pid: int
    folder: Path  # config, data and logs lie here

    def stop(self) -> None:
        """The node is gone, and its folder."""
        _stop(self.pid, self.folder)


class Absent(Exception):  # noqa: N818 - a reason, not a failure
    """Why there can be no server here."""


def shared() -> Server:
    """The one server of this test run, started by whoever asks first.

    ``SOC_TEST_ELASTIC`` names one that runs already (``make elastic``). The test skips where
    there is no JDK or no way to fetch the server; with ``CI=true`` and a JDK that is a failure.
    """
    running = os.environ.get("SOC_TEST_ELASTIC")
    if running:
        return Server(running, 0, Path())
    try:
        return _shared()
    except Absent as reason:
        left_out(reason)


def left_out(reason: Absent) -> NoReturn:
    """The test skips and says why; with ``CI=true`` and a JDK it fails."""
    if os.environ.get("CI") == "true" and _jdk() is not None:
        pytest.fail(f"no Elasticsearch although this is CI: {reason}")
    pytest.skip(f"no Elasticsearch: {reason}")


@cache
def _shared() -> Server:
    run = _run()
    with _locked() as cache_folder:
        known = cache_folder / f"server-{run}.json"
        if known.is_file():
            values = json.loads(known.read_text(encoding="utf-8"))
            server = Server(values["url"], values["pid"], Path(values["folder"]))
            if _lives(server.pid):
                return server
        server = start(java=QUICK)
        known.write_text(json.dumps(asdict(server), default=str), encoding="utf-8")
        _watch(run, server, known)
        return server


def _run() -> int:
    """The process that the whole test run hangs on: with pytest-xdist the controller."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@dataclass(frozen=True)
class Command:
    """A program of the distribution that is run before the server starts."""

    arguments: tuple[str, ...]
    stdin: str = ""


def start(
    settings: Mapping[str, object] | None = None,
    *,
    files: Mapping[str, bytes] | None = None,
    commands: Sequence[Command] = (),
    java: str = "",
) -> Server:
    """A server of one's own; ``files`` stand under its ``config``, commands run before it.

    A setting of None leaves out what is set by default. ``java`` are more options of the machine
    that it runs on.

    Raises:
        Absent: no JDK, no mvn, or the artifact cannot be fetched.
    """
    jdk = _jdk()
    if jdk is None:
        raise Absent(f"no full JDK of version {LEAST_JAVA} or later (ES_JAVA_HOME names one)")
    archive = _archive()
    folder = Path(tempfile.mkdtemp(prefix="govsoc-elastic-"))
    home = _unpacked(archive, folder)
    port = free_port()
    _configure(home, {**_SETTINGS, "http.port": port, **(settings or {})})
    for name, content in (files or {}).items():
        (home / "config" / name).write_bytes(content)
    user = _user()
    _owned(folder, user)
    environment = _environment(jdk, folder, java)
    for command in commands:
        _called(home, command, environment, user)
    is_secure = bool((settings or {}).get("xpack.security.enabled"))
    url = f"{'https' if is_secure else 'http'}://127.0.0.1:{port}"
    return _answering(Server(url, _daemon(home, environment, user), folder))


def started_again(server: Server, java: str = "") -> Server:
    """The same node on its data and its port, after it was killed.

    Raises:
        Absent: the JDK is gone.
    """
    jdk = _jdk()
    if jdk is None:
        raise Absent("no JDK")
    home = server.folder / f"elasticsearch-{VERSION}"
    pid = _daemon(home, _environment(jdk, server.folder, java), _user())
    return _answering(replace(server, pid=pid))


def _daemon(home: Path, environment: Mapping[str, str], user: int | None) -> int:
    """The pid of the node, which runs in the background from now on."""
    place = home.parent / "pid"
    place.unlink(missing_ok=True)
    daemon = Command(("bin/elasticsearch", "-d", "-p", str(place)))
    _called(home, daemon, environment, user)
    return int(place.read_text(encoding="utf-8"))


def _answering(server: Server) -> Server:
    if server.url.startswith("http:"):
        _wait(server)
    return server


_SETTINGS: Mapping[str, object] = {
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "transport.port": "0",
    "xpack.security.enabled": False,
    "cluster.routing.allocation.disk.threshold_enabled": False,
    "cluster.max_shards_per_node": 20_000,
}


def jdk_tool(name: str) -> Path:
    """A program of the JDK that the server runs on.

    Raises:
        Absent: no JDK.
    """
    jdk = _jdk()
    if jdk is None:
        raise Absent("no JDK")
    return jdk / "bin" / name


@cache
def _jdk() -> Path | None:
    named = [os.environ.get(name) for name in ("ES_JAVA_HOME", "JAVA_HOME")]
    installed = sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    folders = [*(Path(name) for name in named if name), *installed]
    return next((folder for folder in folders if _fits(folder)), None)


def _fits(folder: Path) -> bool:
    """A full JDK of a version that the server takes."""
    release = folder / "release"
    if not release.is_file() or not (folder / "bin" / "java").is_file():
        return False
    lines = (line.partition("=") for line in release.read_text(encoding="utf-8").splitlines())
    facts = {name: value.strip('"') for name, _, value in lines}
    version = facts.get("JAVA_VERSION", "0").partition(".")[0]
    modules = facts.get("MODULES", "").split()
    return version.isdigit() and int(version) >= LEAST_JAVA and set(_NEEDED) <= set(modules)


def _cache_folder() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govsoc-elastic"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _locked() -> Iterator[Path]:
    folder = _cache_folder()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _archive() -> Path:
    """The distribution, fetched once."""
    folder = _cache_folder()
    archive = folder / f"elasticsearch-{VERSION}.zip"
    if archive.is_file():
        return archive
    if shutil.which("mvn") is None:
        raise Absent("mvn is not installed, and the distribution is not in the cache")
    part = Path(tempfile.mkdtemp(prefix="fetch-", dir=folder))
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={part}"], capture_output=True, text=True, check=False
    )
    fetched = part / archive.name
    if done.returncode != 0 or not fetched.is_file():
        shutil.rmtree(part, ignore_errors=True)
        raise Absent(f"mvn cannot fetch it: {' '.join(done.stdout.split())[-300:]}")
    fetched.replace(archive)
    shutil.rmtree(part, ignore_errors=True)
    return archive


def _unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    home = folder / f"elasticsearch-{VERSION}"
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home


def _configure(home: Path, settings: Mapping[str, object]) -> None:
    kept = {name: value for name, value in settings.items() if value is not None}
    lines = [f"{name}: {json.dumps(value)}" for name, value in kept.items()]
    place = home / "config" / "elasticsearch.yml"
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _user() -> int | None:
    """The unprivileged user to run as; None where we are one."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _owned(folder: Path, user: int | None) -> None:
    if user is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, -1)


def _environment(jdk: Path, folder: Path, java: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "ES_JAVA_HOME": str(jdk),
        "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP} {java}",
        "ES_TMPDIR": str(_own(folder / "tmp")),
        "HOME": str(folder),
    }


def _own(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    _owned(folder, _user())
    return folder


def _called(home: Path, command: Command, environment: Mapping[str, str], user: int | None) -> None:
    log = home.parent / "out.log"
    with log.open("ab") as out:
        done = subprocess.run(
            list(command.arguments),
            cwd=home,
            env=dict(environment),
            user=user,
            extra_groups=() if user is not None else None,
            input=command.stdin.encode(),
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=START_S,
            check=False,
        )
    if done.returncode != 0:
        told = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise RuntimeError(f"{' '.join(command.arguments)} failed: {told}")


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(f"{server.url}/_nodes/plugins", timeout=5) as answer:  # noqa: S310 - ours, on loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server at {server.url} does not answer: see {server.folder}/out.log")


def _watch(run: int, server: Server, known: Path) -> None:
    """Stops the server when the run has ended, also when it was killed."""
    command = [sys.executable, "-m", "tests.elastic_server", "watch", str(run), str(known)]
    root = str(Path(__file__).resolve().parents[1])
    os.posix_spawn(  # a Popen would complain that nobody waits for it
        sys.executable,
        command,
        {**os.environ, "PYTHONPATH": root},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)
        ],
        setsid=True,
    )


def _watched(run: int, known: Path) -> None:
    values = json.loads(known.read_text(encoding="utf-8"))
    while _lives(run) and _lives(values["pid"]):
        time.sleep(0.5)
    known.unlink(missing_ok=True)
    _stop(values["pid"], Path(values["folder"]))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _stop(pid: int, folder: Path) -> None:
    if _lives(pid):
        os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + 20
    while _lives(pid) and time.monotonic() < ends:
        time.sleep(0.1)
    if _lives(pid):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _by_hand() -> None:
    """A server to try things on, until Ctrl-C."""
    server = start()
    sys.stdout.write(
        f"Elasticsearch {VERSION} answers at {server.url} (pid {server.pid})\n"
        "in soc.toml:\n"
        "  [store]\n"
        '  engine = "elasticsearch"\n'
        "  [elasticsearch]\n"
        f'  hosts = ["{server.url}"]\n'
        "then: soc store setup; soc store ship\n"
        "Ctrl-C stops it and removes its data.\n"
    )
    sys.stdout.flush()
    try:
        while _lives(server.pid):
            time.sleep(0.5)
    except KeyboardInterrupt:
        sys.stdout.write("stopping\n")
    finally:
        server.stop()


def main(arguments: Sequence[str]) -> int:
    """``watch RUN FILE`` is for the tests; nothing starts a server by hand."""
    if list(arguments[:1]) == ["watch"]:
        _watched(int(arguments[1]), Path(arguments[2]))
        return 0
    try:
        _by_hand()
    except Absent as reason:
        sys.stderr.write(f"no Elasticsearch: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
