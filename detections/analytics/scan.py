"""One source calls many hosts on one port, or one host on many ports, and says nothing.

A call counts where it carried no data (unanswered, refused, or hung up at once), whatever
firewalls did with it; addresses of both families alike. Measure and scale after Zeek's
``misc/scan``: distinct failed hosts or ports of one source in five minutes (25 and 15 there);
that most calls of a scanner fail is shown in Jung, Paxson, Berger and Balakrishnan, "Fast
Portscan Detection Using Sequential Hypothesis Testing", IEEE S&P 2004.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from detections._behaviour import Match, Reading, Rule, WindowSettings, allowed_out
from detections._behaviour_flow import DENIED_CALL, PROBE
from detections._behaviour_windows import Episode, Watch, episodes, rows_of
from soc.where import All, Exists, Where

if TYPE_CHECKING:
    from soc.context import Context

RULE = Rule(
    name="scan",
    level="medium",
    category="网络攻击事件/网络扫描探测",
    techniques=("T1046",),
    tactics=("discovery", "reconnaissance"),
    datasets=("flow", "firewall"),
    confidence="high",
    sentences=("sentence_horizontal", "sentence_vertical"),
)
_HORIZONTAL = ("soc.origin", "source.ip", "destination.port", "network.transport")
_VERTICAL = ("soc.origin", "source.ip", "destination.ip")
_NAMED = 200  # victims that a match names


class Settings(WindowSettings):
    """``[detections.analytics.scan]``."""

    hosts: int = Field(
        default=25,  # Zeek's address scan; a busy client of one service fails far less often
        ge=2,
        description="Distinct hosts on one port within the timespan",
    )
    ports: int = Field(
        default=15,  # Zeek's port scan
        ge=2,
        description="Distinct ports of one host within the timespan",
    )


def detect(window: Reading, settings: Settings, context: Context) -> Iterator[Match]:
    """Sweeps of many hosts, and searches of one host; one match a source and port, or host."""
    where = _calls(window.dataset, settings)
    for form, group, member, least in (
        ("horizontal", _HORIZONTAL, "destination.ip", settings.hosts),
        ("vertical", _VERTICAL, "destination.port", settings.ports),
    ):
        watch = Watch(window.dataset, where, group, member, least, settings.timespan_s)
        for episode in episodes(window, watch, context):
            yield _match(form, episode, watch)


def _calls(dataset: str, settings: Settings) -> Where:
    """Calls without data; of a firewall those that it denied."""
    call = PROBE if dataset == "flow" else All((DENIED_CALL, Exists("source.ip")))
    return All((call, allowed_out(settings, "source.ip")))


def _match(form: str, episode: Episode, watch: Watch) -> Match:
    group = episode.group
    source, transport = str(group["source.ip"]), str(group.get("network.transport") or "tcp")
    is_wide = form == "horizontal"
    victims = episode.members if is_wide else (group["destination.ip"],)
    figures: dict[str, str | int] = {
        "form": form,
        "source": source,
        "minutes": episode.minutes,
        "calls": episode.rows,
        "first": str(episode.members[0]),
        "last": str(episode.members[-1]),
        "hosts": len(victims),
        "ports": 1 if is_wide else len(episode.members),
        "port": f"{transport}/{group['destination.port']}" if is_wide else "",
        "victim": str(victims[0]),
    }
    return Match(
        group=" ".join([form, *(str(value) for value in group.values())]),
        entity=source,
        start=episode.start,
        end=episode.end,
        origin=str(group["soc.origin"]),
        count=len(episode.members),
        attackers=(source,),
        victims=tuple(map(str, victims[:_NAMED])),
        port=int(group["destination.port"]) if is_wide else None,
        figures=figures,
        sentence=f"sentence_{form}",
        where=rows_of(episode, watch.where),
        result="blocked" if watch.dataset == "firewall" else "attempted",
    )
