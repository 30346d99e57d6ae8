"""Fixtures that every test may ask for: a clock, a home, a real context on both."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from soc.config import Config, EstateSettings, Person, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soc.context import Context

settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")
OF_THE_TESTS = {"SOC_TEST_ELASTIC", "SOC_SOAK"}
for name in [name for name in os.environ if name.startswith("SOC_")]:
    if name not in OF_THE_TESTS:  # settings of the machine's own site
        del os.environ[name]
os.environ["SOC_LANG"] = "en"

TESTS = Path(__file__).parent
SITES_ON_BOTH = (  # tests on a site whose answers come from its engine
    *("detections/", "contracts/test_analytics", "contracts/test_rules", "reports/_commands/"),
    *("collectors/test_netflow.py", "collectors/test_run", "collectors/test_suricata"),
    *("collectors/test_health", "collectors/test_status", "collectors/_commands/"),
    *("scanners/test_coverage", "scanners/test_diff", "scanners/test_findings"),
    *("scanners/test_known", "scanners/test_plans", "scanners/test_seen"),
    *("scanners/test_standing", "scanners/test_trust", "scanners/_commands/"),
    *("playbooks/test_drill", "playbooks/_commands/test_drill"),
    *("soc/test_coverage", "soc/test_evidence", "soc/_commands/test_evidence"),
)
DAYS_ON_BOTH = ("soc/metrics/", "contracts/test_metrics", "contracts/test_reports", "reports/test_")
MADE_DAYS = {"World", "busy", "drilled"}
NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)  # 09:00 in Beijing, a Wednesday


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, start: datetime = NOW) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, **span: float) -> None:
        self._now += timedelta(**span)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what asks an engine run on both: those of a site of its own, those of a made day."""
    place = metafunc.definition.path.relative_to(TESTS).as_posix()
    both = ["duckdb", "elasticsearch"]
    if "answering" in metafunc.fixturenames and place.startswith(SITES_ON_BOTH):
        metafunc.parametrize("answering", both, indirect=True)
    elif place.startswith(DAYS_ON_BOTH) and MADE_DAYS & vars(metafunc.module).keys():
        metafunc.parametrize("standing", both, indirect=True)


@pytest.fixture
def answering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which engine answers on the site; ``duckdb`` where the test does not run on both."""
    named = str(getattr(request, "param", "duckdb"))
    if named == "elasticsearch":
        from soc import _open
        from tests.elastic.site import Sites

        monkeypatch.setattr(_open, "_engine", Sites(_open._engine).engine)
    return named


@pytest.fixture(autouse=True)
def standing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Which engine a made day stands on, where the test runs on each."""
    if not hasattr(request, "param"):
        yield
        return
    from tests.soc.metrics import _engines

    folder = request.getfixturevalue("tmp_path_factory").mktemp("standing")
    token = _engines.STANDING.set((_engines.ON[request.param], folder))
    yield
    _engines.STANDING.reset(token)


@pytest.fixture
def config(home: Path, answering: str) -> Config:
    made = _config(home)
    if answering == "duckdb":
        return made
    from tests.elastic.site import on_elasticsearch

    return on_elasticsearch(made)


def _config(home: Path) -> Config:
    return Config(
        home=home,
        site=Site(name="澜汀区政务服务和数据管理局", code="lt", region="澜汀区"),
        estate=EstateSettings(guard_profile="documentation-allowed"),
        people={
            "tester": Person(
                name="周启明", rights=frozenset({"approve", "scan", "block", "judge"})
            ),
            "second": Person(name="林若溪", rights=frozenset({"approve", "block"})),
        },
    )


@pytest.fixture
def context(config: Config, clock: SetClock) -> Iterator[Context]:
    from cli import jobs
    from soc._open import open_context
    from soc.actor import Actor

    rights = frozenset({"approve", "scan", "block", "judge", "admin"})
    actor = Actor(login="tester", person="周启明", rights=rights, through="cli", host="test")
    with open_context(config, jobs(), clock=clock, actor=actor) as opened:
        yield opened
