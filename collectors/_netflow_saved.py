"""Templates kept across restarts, so that the first datagram can be decoded."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from collectors._netflow_decoder import Decoder
from collectors._netflow_session import Domain, Exporter, Session
from collectors._netflow_wire import MAX_FIELDS, Spec, Template
from soc.errors import StoreError

log = logging.getLogger(__name__)

_MOST_OCTETS = 64 << 20


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=256, le=65_535)
    scopes: int = Field(ge=0, le=65_535)
    is_options: bool
    specs: list[tuple[int, int, int]] = Field(min_length=1, max_length=MAX_FIELDS)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: str = Field(pattern="^[0-9a-f]{32}$")
    port: int = Field(ge=0, le=65_535)
    version: int = Field(ge=9, le=10)
    domain: int = Field(ge=0, le=0xFFFF_FFFF)
    templates: list[_Template]

    def key(self) -> Domain:
        return Domain(Exporter(bytes.fromhex(self.address), self.port), self.version, self.domain)


class Saved:
    """A JSON file of templates by exporter and domain, shared by the collectors of a host."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, decoder: Decoder) -> None:
        """Put saved templates in force, marked as of an earlier run until they are sent again."""
        for entry in self._read().values():
            session = decoder.session(entry.key())
            if session is None:
                return
            for one in entry.templates:
                specs = tuple(Spec(*spec) for spec in one.specs)
                template = Template(one.number, specs, one.scopes, one.is_options)
                session.define(template, from_disk=True)

    def save(self, decoder: Decoder) -> None:
        """Write the templates in force over those of the same exporters.

        Raises:
            StoreError: the file cannot be written.
        """
        mine = {s.domain: _entry(s) for s in decoder.sessions.values() if _is_kept(s)}
        if not mine:
            return
        try:
            with self._lock():
                entries = {k: v.model_dump() for k, v in self._read().items()} | mine
                _write(self._path, orjson.dumps(list(entries.values())))
        except OSError as error:
            raise StoreError(
                f"{self._path}: {error.strerror}: make room, or give this user the right to write"
            ) from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[Domain, _Entry]:
        """What is saved; nothing where the file is not there or is not ours to read."""
        try:
            if self._path.stat().st_size > _MOST_OCTETS:
                raise ValueError("too large")
            found = orjson.loads(self._path.read_bytes())
            entries = [_Entry.model_validate(one) for one in found]
        except FileNotFoundError:
            return {}
        except (OSError, TypeError, ValueError, ValidationError) as error:
            log.warning(
                "saved templates cannot be read",
                extra={"file.path": str(self._path), "error.message": str(error).split("\n")[0]},
            )
            return {}
        return {entry.key(): entry for entry in entries}


def _is_kept(session: Session) -> bool:
    return bool(session.definitions and session.domain.exporter.address)


def _entry(session: Session) -> dict[str, Any]:
    domain = session.domain
    return {
        "address": domain.exporter.address.hex(),
        "port": domain.exporter.port,
        "version": domain.version,
        "domain": domain.number,
        "templates": [
            {
                "number": one.template.number,
                "scopes": one.template.scopes,
                "is_options": one.template.is_options,
                "specs": [list(spec) for spec in one.template.specs],
            }
            for one in session.definitions.values()
        ],
    }


def _write(path: Path, data: bytes) -> None:
    """Replace a file at once, and durably."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
