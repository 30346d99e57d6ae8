"""Many short sessions of one client with one login service, or many refused logins.

A guess is a session that was set up, carried a few packets, and ended soon; one that lasts,
after the guesses began, is taken for the login that succeeded. After Hellemons, Hendriks,
Hofstede, Sperotto, Sadre and Pras, "SSHCure: A Flow-Based SSH Intrusion Detection System",
AIMS 2012 (phases scan, brute force, die-off, told apart by packets a flow), and Sperotto,
Sadre, de Boer and Pras, "Hidden Markov Model Modeling of SSH Brute-Force Attacks", DSOM 2009.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from pydantic import Field

from detections._behaviour import Match, Reading, Rule, WindowSettings, allowed_out
from detections._behaviour_flow import CLIENT_SIDE, PSH, TCP
from detections._behaviour_windows import Episode, Watch, episodes, rows_of
from soc.query import Aggregate, Bucket, Measure, Order, Period, Select
from soc.where import All, Equals, Exists, In, Not, Range, Some, Where

if TYPE_CHECKING:
    from soc.context import Context

RULE = Rule(
    name="guessing",
    level="medium",
    category="网络攻击事件/凭据攻击",
    techniques=("T1110.001",),
    tactics=("credential-access",),
    datasets=("flow", "auth"),
    sentences=("sentence", "sentence_success"),
)
_GROUP = {
    "flow": ("soc.origin", "source.ip", "destination.ip", "destination.port"),
    "auth": ("soc.origin", "source.ip", "host.name"),
}
_MEMBER = {"flow": "source.port", "auth": "event.id"}
_DATA = tuple(f for f in range(256) if f & PSH)
_DAY = timedelta(days=1)


class Settings(WindowSettings):
    """``[detections.analytics.guessing]``."""

    ports: tuple[int, ...] = Field(
        default=(21, 22, 23, 445, 1433, 1521, 3306, 3389, 5432, 5900, 6379),
        description="Ports where one logs in",
    )
    sessions: int = Field(
        default=20,  # people mistype three times, scripts of administrators log in a few times
        ge=3,
        description="Short sessions, or refused logins, within the timespan",
    )
    short_s: int = Field(
        default=30,  # servers hang up after three to six wrong passwords
        ge=1,
        description="Longest session that is taken for a guess, seconds",
    )
    short_packets: int = Field(
        default=40,  # SSHCure: 11 to 51 packets a flow while passwords are tried
        ge=4,
        description="Most packets that the client sends in a guess",
    )
    long_s: int = Field(
        default=60,
        ge=1,
        description="A session at least so long, in seconds, is a login that succeeded",
    )
    long_packets: int = Field(
        default=100,
        ge=5,
        description="So is one in which the client sends so many packets",
    )
    follow_s: int = Field(
        default=600, ge=0, description="Seconds after the last guess in which success may follow"
    )


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Guesses of one client at one service; with the login that followed, if one did."""
    dataset = window.dataset
    watch = Watch(
        dataset,
        _tries(dataset, settings),
        _GROUP[dataset],
        _MEMBER[dataset],
        settings.sessions,
        settings.timespan_s,
    )
    logins = _logins(dataset, settings)
    begun = _begins(window, logins, settings, context)
    for episode in episodes(window, watch, context, also=begun):
        login = _login(episode, logins, settings, dataset, context)
        yield _with_success(_match(episode, watch), login, context.calendar.zone)


def _tries(dataset: str, settings: Settings) -> Where:
    allowed = allowed_out(settings, "source.ip", "destination.ip")
    if dataset == "auth":
        return All((Equals("event.outcome", "failure"), allowed))
    long = 1_000_000_000 * settings.short_s + 1
    return All(
        (
            _service(settings),
            Range("source.packets", low=4, high=settings.short_packets),
            Not(Range("event.duration", low=long)),
            allowed,
        )
    )


def _service(settings: Settings) -> Where:
    """Sessions with data, as the client sends them."""
    spoke = Some((In("soc.tcp_flags", (0, *_DATA)), Not(Exists("soc.tcp_flags"))))
    return All((TCP, CLIENT_SIDE, In("destination.port", settings.ports), spoke))


def _logins(dataset: str, settings: Settings) -> Where:
    if dataset == "auth":
        return Equals("event.outcome", "success")
    lasting = Range("event.duration", low=1_000_000_000 * settings.long_s)
    busy = Range("source.packets", low=settings.long_packets)
    return All((_service(settings), Some((lasting, busy))))


def _begins(
    window: Reading, logins: Where, settings: Settings, context: Context
) -> Iterator[datetime]:
    """When guesses may have been made that a new login ended: it is told when it is over."""
    back = timedelta(seconds=settings.follow_s)
    for column in ("event.start", "@timestamp"):
        query = Aggregate(
            window.dataset,
            (Measure("n", "count"),),
            bucket=Bucket(settings.timespan_s // 2, column),
            where=logins,
            window=window.window,
        )
        for row in context.engine.aggregate(query).to_pylist():
            if row["bucket"]:
                yield from (row["bucket"], row["bucket"] - back)


def _login(
    episode: Episode, logins: Where, settings: Settings, dataset: str, context: Context
) -> dict[str, Any] | None:
    """The first login that began after the first guess and soon enough after the last one."""
    until = episode.end + timedelta(seconds=settings.follow_s)
    query = Select(
        dataset,
        rows_of(episode, logins),
        ("@timestamp", "event.id", "event.start"),
        period=Period(episode.start, until + _DAY),
        order=(Order("@timestamp"),),
    )
    for batch in context.engine.select(query):
        for row in batch.to_pylist():
            at = row["event.start"] or row["@timestamp"]
            if episode.start <= at <= until:
                return {"at": at, "id": row["event.id"]}
    return None


def _match(episode: Episode, watch: Watch) -> Match:
    group = episode.group
    source = str(group["source.ip"])
    victim = str(group.get("destination.ip") or group.get("host.name"))
    port = group.get("destination.port")
    return Match(
        group=" ".join(map(str, group.values())),
        entity=f"{source} {victim}",
        start=episode.start,
        end=episode.end,
        origin=str(group["soc.origin"]),
        count=len(episode.members),
        attackers=(source,),
        victims=(victim,) if "destination.ip" in group else (),
        port=int(port) if port is not None else None,
        figures={
            "source": source,
            "victim": victim,
            "service": str(port) if port is not None else "-",
            "tries": len(episode.members),
            "minutes": episode.minutes,
        },
        where=rows_of(episode, watch.where),
    )


def _with_success(match: Match, login: dict[str, Any] | None, zone: tzinfo) -> Match:
    if login is None:
        return match
    at: datetime = login["at"]
    shown = f"{at.astimezone(zone):%m-%d %H:%M}"
    return replace(
        match,
        end=max(match.end, at),
        figures={**match.figures, "login": shown},
        sentence="sentence_success",
        events=(login["id"],),
        result="succeeded",
        level="critical",
    )
