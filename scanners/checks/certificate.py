"""Certificates that have expired, soon will, or rest on weak keys and digests (ssl-cert)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scanners.checks import Check, Finding, Observation, Rule

SOON = timedelta(days=30)
LEAST_RSA_BITS = 2_048
_RULES = ("expired", "expiring", "weak_key", "weak_signature")
_WEAK = re.compile(r"(?i)\b(?:md5|sha1)(?:with|-|_|$)")
_AFTER = re.compile(r"Not valid after:\s+(\S+)")

CHECK = Check("certificate", tuple(Rule(f"certificate.{name}", "configuration") for name in _RULES))


def evaluate(observation: Observation) -> Iterator[Finding]:
    """Facts that the server itself presented: each is verified."""
    scripts = observation.scripts
    after = _time(scripts.get("ssl-cert.not_after") or _printed(scripts.get("ssl-cert", "")))
    if after and after <= observation.now:
        yield _finding("expired", "C:G/I:G/A:N", observation, date=after.date().isoformat())
    elif after and after - observation.now < SOON:
        yield _finding("expiring", "C:N/I:N/A:G", observation, date=after.date().isoformat())
    kind, bits = scripts.get("ssl-cert.key_type"), scripts.get("ssl-cert.key_bits", "")
    if kind == "rsa" and bits.isdecimal() and int(bits) < LEAST_RSA_BITS:
        yield _finding("weak_key", "C:S/I:G/A:N", observation, bits=bits)
    signature = scripts.get("ssl-cert.signature", "")
    if _WEAK.search(signature):
        yield _finding("weak_signature", "C:G/I:G/A:N", observation, signature=signature)


def _finding(part: str, impact: str, observation: Observation, **values: str) -> Finding:
    return Finding(
        rule=f"certificate.{part}",
        vector=f"AP:N/TR:H/PR:N/IC:R/{impact}",
        confidence="verified",
        values=values,
        evidence=" ".join((observation.scripts.get("ssl-cert.subject", ""), *values.values()))[
            :200
        ].strip(),
    )


def _printed(text: str) -> str:
    """The end of validity as the script prints it for people."""
    found = _AFTER.search(text)
    return found[1] if found else ""


def _time(text: str) -> datetime | None:
    """UTC, as certificates are; None for what is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
