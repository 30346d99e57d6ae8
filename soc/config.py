"""Settings: one TOML file, overridden by ``SOC_…``; each plug-in types its own table.

Precedence: option of the command, environment, file, default. The file is the first of
``$SOC_CONFIG``, ``./soc.toml``, ``~/.config/soc/soc.toml``, ``/etc/soc/soc.toml``. Only the
tables that everybody shares are typed here; ``Config.plugin`` gives a plug-in its own.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from soc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


FAMILIES = ("collectors", "scanners", "detections", "playbooks", "reports")
_SECRET = re.compile(r"(password|secret|token|api_key)$")


class Settings(BaseModel):
    """Base of every settings table: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Site(Settings):
    """``[site]``: the bureau."""

    name: str = Field(
        default="未命名单位", description="Full name of the bureau, printed on reports"
    )
    code: str = Field(
        default="site", pattern=r"^[a-z0-9-]{1,24}$", description="Short code; record ids begin so"
    )
    region: str = Field(default="", description="Name of the district")
    language: Literal["zh", "en"] = Field(
        default="zh", description="Language of documents, notices and lists"
    )
    time_zone: str = Field(default="Asia/Shanghai", description="IANA time zone of days and weeks")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is no IANA time zone, such as Asia/Shanghai") from error
        return value


class ScopeSettings(Settings):
    """``[scope]``: what may ever be touched."""

    scan: tuple[str, ...] = Field(
        default=(), description="Networks that may be scanned; nothing outside gets a packet"
    )


class EstateSettings(Settings):
    """``[estate]``: what must never be blocked."""

    never_block: tuple[str, ...] = Field(default=(), description="Networks that are never blocked")
    guard_files: tuple[Path, ...] = Field(
        default=(), description="More of them: plain lists or MISP warning lists"
    )
    guard_profile: Literal["ordinary", "documentation-allowed"] = Field(
        default="ordinary", description="Whether documentation ranges are guarded too"
    )


class Person(Settings):
    """``[people.<login>]``: who somebody is and what they may do."""

    name: str = Field(default="", description="Name of the person")
    rights: frozenset[Literal["approve", "scan", "block", "judge", "admin"]] = Field(
        default=frozenset(), description="approve, scan, block, judge, admin"
    )


class StoreSettings(Settings):
    """``[store]``: where questions are answered and records are kept."""

    engine: Literal["duckdb", "elasticsearch"] = Field(
        default="duckdb", description="Which engine answers"
    )
    records: Literal["sqlite", "elasticsearch"] = Field(
        default="sqlite",
        description="Where records are kept; elasticsearch where several hosts share them, and "
        "with that engine only",
    )
    memory_limit: str = Field(default="2GB", description="Most memory that a question may take")
    threads: int = Field(default=2, ge=1, description="Threads of a question")
    retain_days: int = Field(default=180, ge=1, description="Days that events are kept")
    retain_reason: str = Field(default="", description="Reason, where it is less than 180 days")

    @field_validator("records")
    @classmethod
    def _has_its_engine(cls, value: str, others: ValidationInfo) -> str:
        if value == "elasticsearch" and others.data.get("engine") != "elasticsearch":
            raise ValueError('needs engine = "elasticsearch" beside it')
        return value


class ElasticsearchSettings(Settings):
    """``[elasticsearch]``: the cluster; secrets stand in files that only their owner can read."""

    hosts: tuple[str, ...] = Field(
        default=("https://localhost:9200",), min_length=1, description="Addresses of the nodes"
    )
    ca_certs: Path | None = Field(
        default=None, description="Certificates of the authority that signed the nodes' own"
    )
    fingerprint: str = Field(
        default="",
        pattern=r"^([0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31})?$",
        description="SHA-256 of the node's certificate, in place of ca_certs",
    )
    api_key_file: Path | None = Field(
        default=None, description="File with an API key; else $SOC_ELASTICSEARCH_API_KEY"
    )
    user: str = Field(default="", description="Name, where there is no API key")
    password_file: Path | None = Field(
        default=None, description="File with the password; else $SOC_ELASTICSEARCH_PASSWORD"
    )
    namespace: str = Field(
        default="default",
        pattern=r"^[a-z0-9_.]{1,64}$",
        description="Last part of the names of data streams",
    )
    mode: Literal["standard", "logsdb"] = Field(
        default="standard",
        description="How events are held: logsdb takes a third less room, rare filters more time",
    )
    insecure: bool = Field(
        default=False, description="Plain http to other hosts than this one; logged at every start"
    )
    timeout_s: float = Field(default=60, gt=0, description="Longest wait for one answer, seconds")


class Config(BaseSettings):
    """All settings of a site."""

    model_config = SettingsConfigDict(
        env_prefix="SOC_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Field(default_factory=lambda: default_home(), description="Folder of all data")
    site: Site = Field(default_factory=Site)
    scope: ScopeSettings = Field(default_factory=ScopeSettings)
    estate: EstateSettings = Field(default_factory=EstateSettings)
    people: dict[str, Person] = Field(default_factory=dict)
    store: StoreSettings = Field(default_factory=StoreSettings)
    elasticsearch: ElasticsearchSettings = Field(default_factory=ElasticsearchSettings)
    schedule: dict[str, str] = Field(
        default_factory=dict, description="Job name and when: 1m, 06:00, mon 10:00, 1 03:00"
    )
    collectors: dict[str, dict[str, Any]] = Field(default_factory=dict)
    scanners: dict[str, dict[str, Any]] = Field(default_factory=dict)
    detections: dict[str, dict[str, Any]] = Field(default_factory=dict)
    playbooks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = Field(default_factory=dict)
    path: Path | None = Field(default=None, exclude=True, description="The file that was read")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides what was read from the file (passed as arguments)."""
        return env_settings, init_settings

    @property
    def place(self) -> str:
        """What an error message calls the source of the settings."""
        return str(self.path) if self.path else "settings"

    @property
    def ships(self) -> bool:
        """True where the settings name a cluster that the log is shipped to."""
        return "hosts" in self.elasticsearch.model_fields_set or self.store.engine != "duckdb"

    def plugin(self, table: str, model: type[Table]) -> Table:
        """A plug-in's own table, such as ``scanners.nmap``, as its type; defaults if absent.

        Raises:
            ConfigError: a value is wrong or a key is unknown; the message names the key.
        """
        found: Any = {name: getattr(self, name) for name in FAMILIES}
        for part in table.split("."):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return validated(model, found, place=f"{self.place}: {table}")


Table = TypeVar("Table", bound=BaseModel)


def validated(model: type[Table], values: Any, *, place: str) -> Table:
    """The values as a model; the first thing that is wrong becomes one ``ConfigError`` line."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_told(error.errors()[0], place)) from error


def read(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The settings of this process.

    Raises:
        ConfigError: the file is not there, is no TOML, or holds an unknown key or wrong value.
    """
    environment = os.environ if environment is None else environment
    path = path or _find(environment)
    values = _load(path) if path else {}
    try:
        return Config(**values, path=path)
    except ValidationError as error:
        raise ConfigError(_told(error.errors()[0], str(path or "environment"))) from error


def _find(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("SOC_CONFIG")
    if named:
        return Path(named)
    folders = (Path(), Path.home() / ".config" / "soc", Path("/etc/soc"))
    return next((f / "soc.toml" for f in folders if (f / "soc.toml").is_file()), None)


def _load(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); name another file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no TOML: {error}; mend that line") from error
    if "path" in values:
        raise ConfigError(f"{path}: path: unknown key; remove it")
    return values


def _told(error: Mapping[str, Any], place: str) -> str:
    key = ".".join(str(part) for part in error["loc"])
    where = f"{place}: {key}" if key else place
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key; remove it or mend its spelling"
    given = "" if _SECRET.search(key) else f"{error['input']!r}: "
    return f"{where}: {given}{error['msg']}"


def default_home() -> Path:
    """``/var/lib/soc`` where a site installed it, else the user's data folder."""
    site = Path("/var/lib/soc")
    if site.is_dir() and os.access(site, os.W_OK):
        return site
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "soc"


def shown(config: Config) -> dict[str, Any]:
    """The effective settings as plain values, secrets hidden."""
    values: dict[str, Any] = config.model_dump(mode="json")
    return {key: _hidden(key, value) for key, value in values.items()}


def _hidden(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(name, inner) for name, inner in value.items()}
    if isinstance(value, list) and not _SECRET.search(key):
        return [_hidden(key, inner) for inner in value]
    if _SECRET.search(key) and value:
        return "********"
    return value
