"""The commands themselves with security and TLS on: each role is enough for its work."""

from __future__ import annotations

import base64
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

import cli
from cli import jobs
from soc._open import open_context
from soc.config import read
from tests.detections.events import append, probe
from tests.e2e.console import Said, process, soc
from tests.elastic import shipped
from tests.elastic.secured import Secured
from tests.elastic.told import Said as Answer
from tests.elastic.told import told

SETTINGS = """
home = "{folder}/{home}"

[store]
engine = "{engine}"

[elasticsearch]
hosts = ["{url}"]
ca_certs = "{certificate}"
user = "{user}"
password_file = "{secret}"
namespace = "{namespace}"
{more}
"""
KEY = "aWQ6c2VjcmV0LW9mLWEta2V5"


class Site:
    """Hosts of one namespace on the secured server; each home has a user."""

    def __init__(self, server: Secured, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.namespace = shipped.host().replace("-", "_")

    def config(self, user: str, *, home: str = "", reads: bool = True, more: str = "") -> Path:
        """The settings of a home on which that user works."""
        known = self.server.settings(self.folder, user)
        text = SETTINGS.format(
            folder=self.folder,
            home=home or user,
            engine="elasticsearch" if reads else "duckdb",
            url=known.hosts[0],
            certificate=known.ca_certs,
            user=user,
            secret=known.password_file,
            namespace=self.namespace,
            more=more,
        )
        path = self.folder / f"{home or user}-{user}-{reads}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def set_up(self) -> Said:
        return soc("store", "setup", "--json", config=self.config("setup"))

    def collected(self) -> Path:
        """The settings of a collecting home whose log holds an attack."""
        config = self.config("collector", reads=False)
        with open_context(read(config, {}), jobs()) as context:
            append(context, "http", [probe()])
        return config


@pytest.fixture
def site(server: Secured, tmp_path: Path) -> Site:
    return Site(server, tmp_path)


def one_line(said: Said, *words: str) -> None:
    """It failed, and says why in one line."""
    assert said.code > 0
    assert all(word in said.complaint for word in words), said.complaint


def doctor(config: Path) -> dict[str, Any]:
    """The checks of ``soc doctor`` by name."""
    return {
        check["name"]: check for check in soc("doctor", "--json", config=config).value["checks"]
    }


def test_from_the_wire_to_the_alert_each_role_does_its_work(site: Site) -> None:
    assert site.set_up().code == 0
    shipped_ = soc("store", "ship", "--json", config=site.collected())
    found = soc("detect", "run", "--json", config=site.config("detector"))
    daily = soc("report", "daily", "--json", config=site.config("reporter"))

    assert (shipped_.code, shipped_.value["stored"]) == (0, 1), shipped_.err
    assert (found.code, found.value["opened"]) == (0, 1), found.err
    assert daily.code == 0, daily.err


def test_a_collector_may_ask_for_the_ids_that_it_sent(site: Site) -> None:
    site.set_up()
    config = site.collected()
    soc("store", "ship", config=config)
    (position,) = (site.folder / "collector" / "ship").rglob("http.position")
    position.unlink()  # the home forgot how far it was: every row is uncertain

    again = soc("store", "ship", "--json", config=config)

    assert (again.code, again.value["stored"], again.value["already"]) == (0, 0, 1), again.err


def test_who_only_collects_may_not_detect(site: Site) -> None:
    site.set_up()
    soc("store", "ship", config=site.collected())

    one_line(soc("detect", "run", config=site.config("collector", home="other")), "403")


def test_who_only_reads_may_neither_ship_nor_set_up(site: Site) -> None:
    site.set_up()
    site.collected()

    one_line(soc("store", "ship", config=site.config("analyst", home="collector")), "unauthorized")
    one_line(soc("store", "setup", config=site.config("collector")), "403")


def test_each_role_is_told_enough_and_not_more(site: Site) -> None:
    site.set_up()
    soc("store", "ship", config=site.collected())
    soc("detect", "run", config=site.config("detector"))
    checked = {
        "collector": doctor(site.config("collector", reads=False)),
        "detector": doctor(site.config("detector")),
        "analyst": doctor(site.config("analyst")),
        "reporter": doctor(site.config("reporter")),
    }

    rights = {name: found["cluster_rights"]["found"] for name, found in checked.items()}
    assert rights == dict.fromkeys(checked, "enough and not more")
    assert {found["cluster_clock"]["ok"] for found in checked.values()} == {True}


def test_a_key_for_other_work_is_told(site: Site) -> None:
    site.set_up()
    site.collected()
    lacking = doctor(site.config("analyst", home="collector", reads=False))["cluster_rights"]
    mighty = doctor(site.config("setup", home="fresh", reads=False))["cluster_rights"]

    assert (lacking["ok"], mighty["ok"]) == (False, False)
    assert "missing: " in lacking["found"]
    assert "create_doc (logs-soc.http-" in lacking["found"]
    assert "more than needed: read (logs-soc.*)" in lacking["found"]
    assert "manage_index_templates" in mighty["found"]
    assert "manage (logs-soc.*)" in mighty["found"]


def test_bad_trust_is_one_line(site: Site) -> None:
    config = site.config("collector", reads=False)
    text = config.read_text(encoding="utf-8")
    secret = site.folder / "collector.password"

    def refused(changed: str, *words: str) -> None:
        config.write_text(changed, encoding="utf-8")
        one_line(soc("store", "ship", config=config), *words)

    lines = [line for line in text.splitlines() if not line.startswith("ca_certs")]
    refused("\n".join(lines), "TLS")
    refused(text.replace("https://127.0.0.1", "http://192.0.2.1"), "plain http")
    refused(text.replace("http.pem", "none.pem"), "ca_certs")
    secret.chmod(0o644)
    refused(text, "others can read it", "chmod 600")


@pytest.mark.parametrize("is_right", [True, False])
def test_a_secret_stands_in_no_line_that_is_printed(site: Site, is_right: bool) -> None:
    site.set_up()
    config = site.collected()
    secret = site.folder / "collector.password"
    if not is_right:
        secret.write_text("wrong-Password-7", encoding="utf-8")
    word = secret.read_text(encoding="utf-8")
    encoded = base64.b64encode(f"collector:{word}".encode()).decode()

    told_ = [
        process("--config", config, "--log-level", "debug", *command, folder=site.folder)
        for command in (("store", "ship"), ("store", "status"), ("doctor",), ("config", "show"))
    ]

    text = "".join(said.out + said.err for said in told_)
    assert word not in text
    assert encoded not in text
    assert (told_[0].code == 0) is is_right


def test_no_command_takes_a_secret_on_its_line() -> None:
    def options(command: Any) -> list[str]:
        inner = [name for sub in getattr(command, "commands", {}).values() for name in options(sub)]
        return [*inner, *(option for p in command.params for option in p.opts)]

    nouns = [typer.main.get_command(import_module(m).app) for m in cli.nouns().values()]
    named = [option for noun in (cli.command(), *nouns) for option in options(noun)]

    assert len(named) > 100
    assert [
        n for n in named if any(w in n for w in ("password", "secret", "api-key", "token"))
    ] == []


@pytest.mark.parametrize("status", [200, 401])
def test_an_api_key_goes_into_the_request_and_nowhere_else(tmp_path: Path, status: int) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY, encoding="utf-8")
    secret.chmod(0o600)
    refusal = {"error": {"type": "security_exception", "reason": "unable to authenticate"}}
    answers = {"/": Answer(refusal, 401), "/_nodes/plugins": Answer(refusal, 401)}
    with told(answers if status == 401 else {}) as cluster:
        config = tmp_path / "soc.toml"
        config.write_text(
            f'home = "{tmp_path}/home"\n[elasticsearch]\nhosts = ["{cluster.url}"]\n'
            f'api_key_file = "{secret}"\n',
            encoding="utf-8",
        )
        commands = (("doctor",), ("config", "show"), ("store", "ship"))
        said = [
            process("--config", config, "--log-level", "debug", *command, folder=tmp_path)
            for command in commands
        ]

    assert {headers["authorization"] for _, headers in cluster.asked} == {f"ApiKey {KEY}"}
    assert KEY not in "".join(one.out + one.err for one in said)
    if status == 401:
        one_line(said[2], "401", "unable to authenticate")
