"""Logging: readable on a terminal, one ECS JSON document a line otherwise; always on stderr."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from soc.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = (
    "elastic_transport",
)  # its every retry is an error, a count or a state of ours in the end
_OURS = ("soc", "collectors", "detections", "scanners", "playbooks", "reports", "cli")


def configure(level: str = "warning", stream: TextIO | None = None) -> None:
    """Send log lines to ``stream``; ours from ``level`` up, libraries' from warning up.

    Raises:
        ConfigError: no such level.
    """
    if level.lower() not in LEVELS:
        raise ConfigError(f"--log-level: {level!r}: use one of {', '.join(LEVELS)}")
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Readable() if stream.isatty() else _Ecs())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


class _Ecs(logging.Formatter):
    """ECS 9 JSON, one document a line."""

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, Any] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "log.level": record.levelname.lower(),
            "message": record.getMessage(),
            "log.logger": record.name,
            "process.pid": record.process,
            **_facts(record),
        }
        if record.exc_info:
            document["error.stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


class _Readable(logging.Formatter):
    """Time, level, message, facts; for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        line = f"{time} {record.levelname.lower():<7} {record.getMessage()} {facts}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
