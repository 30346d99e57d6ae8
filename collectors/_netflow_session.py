"""What is known of one exporter and observation domain: its templates, state and sequence."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from collectors._netflow_layout import Layout, compiled
from collectors._netflow_options import State
from collectors._netflow_sequence import Counter
from collectors._netflow_waiting import Budget, Ring
from collectors._netflow_wire import Template

TEMPLATES = 1_024  # an exporter and domain
_LEAST = 4  # octets of a record with variable fields: no flow is shorter
_RESTART_MS = 60_000  # uptime that goes back by more is a restart, by less a reorder
_WRAP_MS = 1 << 32


class Exporter(NamedTuple):
    """Who sent a datagram; a transport session over UDP includes the port (RFC 7011, 8.4)."""

    address: bytes  # 16 octets, IPv4 mapped; none where a file does not tell
    port: int


class Domain(NamedTuple):
    """Scope of template numbers."""

    exporter: Exporter
    version: int
    number: int

    def mixed(self, source: int, template: int) -> int:
        """A source key for sets of ``source`` that another source's template makes readable."""
        exporter = self.exporter
        parts = f"{source}|{exporter.port}|{self.version}|{self.number}|{template}".encode()
        digest = blake2b(parts + exporter.address, digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Definition:
    """A template in force; ``from_disk``: of an earlier run, not sent again since."""

    template: Template
    layout: Layout
    from_disk: bool = False


@dataclass(slots=True)
class Session:
    """One observation domain of one exporter."""

    index: int
    domain: Domain
    ring: Ring
    definitions: dict[int, Definition] = field(default_factory=dict)
    state: State = field(default_factory=State)
    counter: Counter = field(default_factory=Counter)
    uptime: bytes = bytes(4)  # of the exporter, as it lies in the last header
    told: set[str] = field(default_factory=set)  # messages that were logged

    @classmethod
    def new(cls, index: int, domain: Domain, budget: Budget) -> Session:
        return cls(index, domain, Ring(budget))

    def define(self, template: Template, *, from_disk: bool = False) -> Definition | None:
        """Put a template in force, at once (RFC 7011, section 8.4); None where it is unusable.

        An unusable one ends the one that it would have replaced.
        """
        number = template.number
        now = self.definitions.get(number)
        if now is not None and now.template == template and now.from_disk == from_disk:
            return now
        layout = compiled(self.domain.version, template.specs, template.scopes)
        is_usable = layout.least > 0 and (layout.is_fixed or layout.least >= _LEAST)
        if not is_usable or (number not in self.definitions and self.is_full):
            self.definitions.pop(number, None)
            return None
        definition = Definition(template, layout, from_disk)
        self.definitions[number] = definition
        return definition

    @property
    def is_full(self) -> bool:
        return len(self.definitions) >= TEMPLATES

    def restarted(self, uptime: bytes) -> bool:
        """True where the exporter began anew: its templates are no longer its templates."""
        before, uptime_ms = int.from_bytes(self.uptime, "big"), int.from_bytes(uptime, "big")
        self.uptime = uptime
        if uptime_ms + _RESTART_MS >= before or not self.domain.exporter.address:
            return False
        has_wrapped = before > _WRAP_MS - 10 * _RESTART_MS and uptime_ms < 10 * _RESTART_MS
        if not has_wrapped and self.domain.version == 9:
            self.definitions.clear()
        return not has_wrapped
