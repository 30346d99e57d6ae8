"""Management services that answer where nobody should manage from.

That a port is open is seen; that the service behind it is the one its number promises is
verified only where it answered in its own protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanners._grade import data
from scanners.checks import Check, Confidence, Finding, Observation, Rule

CHECK = Check("exposed_service", (Rule("exposed_service", "configuration"),), needs_version=False)


def evaluate(observation: Observation) -> Iterator[Finding]:
    """One finding where the zone is none that the service is managed from."""
    table = data("management_services")
    found = _service(observation, table["service"])
    path = table["paths"].get(observation.zone_type or "unknown", "A")
    if found is None or path == "-":
        return
    name, service = found
    if observation.zone_type not in service.get("zones", (observation.zone_type,)):
        return
    yield Finding(
        rule="exposed_service",
        vector=_vector(path, service, observation),
        confidence=_confidence(observation, service),
        values={"service": name},
        evidence=_seen(observation),
    )


def _service(
    observation: Observation, services: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]] | None:
    """What it says it is; else, where it said nothing, what its port is for."""
    told = [pair for pair in services.items() if _says(observation, pair[1])]
    if told or observation.is_probed:
        return told[0] if told else None
    return next((pair for pair in services.items() if observation.port in pair[1]["ports"]), None)


def _says(observation: Observation, service: Mapping[str, Any]) -> bool:
    product, title = (observation.product or "").lower(), (observation.title or "").lower()
    by_name = observation.is_probed and observation.protocol in service["names"]
    by_product = any(word in product for word in service["products"])
    return by_name or by_product or any(word in title for word in service.get("titles", ()))


def _confidence(observation: Observation, service: Mapping[str, Any]) -> Confidence:
    title = (observation.title or "").lower()
    by_title = any(word in title for word in service.get("titles", ()))
    return "verified" if observation.is_probed or by_title else "unconfirmed"


def _vector(path: str, service: Mapping[str, Any], observation: Observation) -> str:
    """No privileges needed where it told its version to anybody; else a login stands before."""
    is_open = service.get("open_with_version", False) and observation.version is not None
    return f"AP:{path}/TR:L/PR:{'N' if is_open else 'L'}/IC:N/{service['impact']}"


def _seen(observation: Observation) -> str:
    parts = (observation.protocol, observation.product, observation.version, observation.title)
    return " ".join(part for part in parts if part)[:200]
