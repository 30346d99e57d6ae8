"""What ``soc doctor`` looks at on the cluster, where the settings name one.

Each check asks by itself: what the key may not ask, or the server does not know, is told as not
known. Where the server is away, one check fails and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from soc._doctor_check import Check, check
from soc.console import t
from soc.errors import SocError, StoreUnavailable
from soc.store import _elastic_health as health
from soc.store import _elastic_rights, elastic, ship
from soc.store._elastic_client import SUPPORTED, connect, probe

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from soc.context import Context

SKEW_S = 60.0
LAG_S = 900.0  # a scheduler ships every minute
FULL = 0.9  # of the shards that there may be
WAIT_S = 10.0  # for one answer
_WELL = frozenset({"idle", "shipping"})


def checks(context: Context) -> list[Check]:
    """Every check of the cluster that the settings name, and of shipping to it."""
    return [*_cluster(context), *_shipping(context)]


def _cluster(context: Context) -> list[Check]:
    settings = context.config.elasticsearch
    quick = settings.model_copy(update={"timeout_s": min(settings.timeout_s, WAIT_S)})
    place = ", ".join(host.rpartition("@")[2] for host in settings.hosts)
    try:
        with closing(connect(quick, context.environment)) as client:
            try:
                version = probe(client).version
            except SocError as error:
                return _unreached(error, place)
            reached = [check("cluster", True, place), check("cluster_version", True, version)]
            return reached + [_asked(name, client, context) for name in _ASKED]
    except SocError as error:  # an address, certificate or secret that must not be used
        return _unreached(error, place)


def _unreached(error: SocError, place: str) -> list[Check]:
    """One check fails; what could not be asked for it is not known."""
    answers = SUPPORTED in str(error) and not isinstance(error, StoreUnavailable)
    if answers:
        first = [check("cluster", True, place), check("cluster_version", False, str(error))]
    else:
        first = [check("cluster", False, str(error)), _not_asked("cluster_version")]
    return first + [_not_asked(name) for name in _ASKED]


def _not_asked(name: str) -> Check:
    return Check(name, None, "-")


def _asked(name: str, client: Elasticsearch, context: Context) -> Check:
    try:
        ok, found = _ASKED[name](client, context)
    except SocError as error:
        return Check(name, None, str(error), t("doctor.mend_unknown"))
    return check(name, ok, found)


def _clock(client: Elasticsearch, context: Context) -> tuple[bool, str]:
    skew = health.skew_s(client, context.clock.now)
    return abs(skew) <= SKEW_S, f"{skew:+.1f} s"


def _templates(client: Elasticsearch, context: Context) -> tuple[bool, str]:
    parts = elastic.set_up(context.config, context.environment, dry_run=True)["parts"]
    stale = [part["name"] for part in parts if part["verdict"] != "same"]
    shown = ", ".join(stale[:3]) + (" …" if len(stale) > 3 else "")
    return not stale, f"{len(stale)}/{len(parts)}: {shown}" if stale else str(len(parts))


def _rights(client: Elasticsearch, context: Context) -> tuple[bool, str]:
    held = health.rights(client, _elastic_rights.of(context))
    if held is None:
        return True, t("doctor.security_off")
    told = [t("doctor.missing", rights=", ".join(held.missing))] if held.missing else []
    told += [t("doctor.excess", rights=", ".join(held.excess))] if held.excess else []
    return not told, "; ".join(told) or t("doctor.enough")


def _shards(client: Elasticsearch, context: Context) -> tuple[bool, str]:
    count, limit = health.shards(client)
    return count < FULL * limit, f"{count}/{limit}"


def _disk(client: Elasticsearch, context: Context) -> tuple[bool, str]:
    """No node is below the room at which it gets no new shard."""
    held = health.disks(client)
    short = [disk for disk in held if disk.low is not None and disk.free < disk.low]
    fullest = min(short or held, key=lambda disk: disk.free - (disk.low or 0))
    return not short, _room(fullest)


def _room(disk: health.Disk) -> str:
    free = f"{disk.node}: {_gib(disk.free)}/{_gib(disk.total)} GiB"
    if disk.low is None or disk.flood is None:
        return t("doctor.unwatched", free=free)
    return t("doctor.watermarks", free=free, low=_gib(disk.low), flood=_gib(disk.flood))


def _gib(octets: int) -> str:
    return f"{octets / (1 << 30):.1f}"


def _shipping(context: Context) -> list[Check]:
    """How far behind the cluster is, and what it refused for good; no server is asked."""
    try:
        told = ship.status(context)
    except SocError as error:
        return [check("shipping", False, str(error)), _not_asked("letters")]
    ok = told["state"] in _WELL and told["lag_seconds"] <= LAG_S
    reasons = ", ".join(f"{reason} {count}" for reason, count in told["rejected"].items())
    letters = f"{told['dead_letters']}" + (f": {reasons}" if reasons else "")
    return [
        check("shipping", ok, _behind(told)),
        check("letters", not told["dead_letters"], letters),
    ]


def _behind(told: Mapping[str, Any]) -> str:
    """State and lag, and why it stands still where it does."""
    lag = t("doctor.lag", rows=told["lag_rows"], seconds=round(told["lag_seconds"]))
    parts = (t(f"doctor.ship_{told['state']}"), lag, told["error"])
    return "; ".join(part for part in parts if part)


_Ask = Callable[["Elasticsearch", "Context"], tuple[bool, str]]
_ASKED: Mapping[str, _Ask] = {
    "cluster_clock": _clock,
    "cluster_templates": _templates,
    "cluster_rights": _rights,
    "cluster_shards": _shards,
    "cluster_disk": _disk,
}
NAMES = ("cluster", "cluster_version", *_ASKED, "shipping", "letters")
