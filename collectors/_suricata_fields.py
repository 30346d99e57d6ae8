"""Which EVE key fills which column.

Source: Suricata 8 user guide, "EVE JSON Format"; column names are those of ``soc.schema``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from collectors import _suricata_values as v


class Column(NamedTuple):
    """One column that comes from one key."""

    name: str
    section: str  # dotted path of the object; empty: the event itself
    key: str
    convert: Callable[[Any], Any]


def _from(section: str, *rows: tuple[str, str, Callable[[Any], Any]]) -> tuple[Column, ...]:
    return tuple(Column(name, section, key, convert) for name, key, convert in rows)


EVERY = _from(
    "",
    ("source.ip", "src_ip", v.address),
    ("source.port", "src_port", v.port),
    ("destination.ip", "dest_ip", v.address),
    ("destination.port", "dest_port", v.port),
    ("network.transport", "proto", v.lower),
    ("network.community_id", "community_id", v.word),
)

_HTTP = _from(
    "http",
    ("http.request.method", "http_method", v.word),
    ("http.request.referrer", "http_refer", v.word),
    ("http.request.body.content", "http_request_body_printable", v.word),
    ("http.response.status_code", "status", v.whole),
    ("http.response.body.bytes", "length", v.whole),
    ("http.response.mime_type", "http_content_type", v.word),
    ("http.version", "protocol", v.version),
    ("url.domain", "hostname", v.word),
    ("url.original", "url", v.word),
    ("user_agent.original", "http_user_agent", v.word),
)

_RULE = _from(
    "alert",
    ("rule.id", "signature_id", v.word),
    ("rule.name", "signature", v.word),
    ("rule.category", "category", v.word),
    ("rule.version", "rev", v.word),
    ("event.action", "action", v.lower),
) + _from("alert.metadata", ("threat.technique.id", "mitre_technique_id", v.words))

_FLOW = (
    _from(
        "flow",
        ("event.start", "start", v.moment),
        ("event.end", "end", v.moment),
        ("source.bytes", "bytes_toserver", v.whole),
        ("source.packets", "pkts_toserver", v.whole),
        ("destination.bytes", "bytes_toclient", v.whole),
        ("destination.packets", "pkts_toclient", v.whole),
    )
    + _from("tcp", ("soc.tcp_flags", "tcp_flags", v.hexadecimal))
    + _from("", ("soc.icmp_type", "icmp_type", v.octet), ("soc.icmp_code", "icmp_code", v.octet))
)

_DNS = _from(
    "dns",
    ("dns.id", "id", v.word),
    ("dns.op_code", "opcode", v.word),
    ("dns.response_code", "rcode", v.word),
)

_TLS = (
    _from(
        "tls",
        ("tls.version", "version", v.version),
        ("tls.cipher", "cipher_suite", v.word),
        ("tls.client.server_name", "sni", v.word),
        ("tls.client.hash.ja4", "ja4", v.word),
        ("tls.server.subject", "subject", v.word),
        ("tls.server.issuer", "issuerdn", v.word),
        ("tls.server.serial_number", "serial", v.word),
        ("tls.server.hash.sha1", "fingerprint", v.word),
        ("tls.server.not_before", "notbefore", v.utc_moment),
        ("tls.server.not_after", "notafter", v.utc_moment),
    )
    + _from("tls.ja3", ("tls.client.ja3", "hash", v.word))
    + _from("tls.ja3s", ("tls.server.ja3s", "hash", v.word))
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "alert": EVERY + _RULE + _HTTP,
    "flow": EVERY + _FLOW,
    "dns": EVERY + _DNS,
    "http": EVERY + _HTTP,
    "tls": EVERY + _TLS,
    "firewall": EVERY + _RULE + _HTTP,
    "other": EVERY,
}

# Event types by the dataset that they fill; any other type goes to "other".
DATASETS = {
    "alert": "alert",
    "flow": "flow",
    "dns": "dns",
    "http": "http",
    "tls": "tls",
    "drop": "firewall",
}

# Paths that a derived column reads or that are left out: counters that an alert repeats from
# its flow are no volume, raw payloads are no columns.
_READ = {
    "timestamp",
    "host",
    "vlan",
    "app_proto",
    "xff",
    "http.xff",
    "alert.severity",
    "alert.metadata.mitre_tactic_name",
    "payload",
    "packet",
    "stream",
}
_COUNTERS = {
    f"flow.{key}"
    for key in ("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient", "start")
}
_ANSWER = {
    f"dns.{key}"
    for key in ("type", "rrname", "rrtype", "rdata", "ttl", "answers", "grouped", "queries")
} | {"dns.query", "dns.answer"}


def taken(dataset: str) -> frozenset[str]:
    """Dotted EVE paths that do not go to ``soc.other``."""
    direct = {f"{c.section}.{c.key}" if c.section else c.key for c in COLUMNS[dataset]}
    extra = {"alert": _COUNTERS, "firewall": _COUNTERS, "dns": _ANSWER}.get(dataset, set())
    typed = set() if dataset == "other" else {"event_type"}
    return frozenset(direct | _READ | extra | typed)
