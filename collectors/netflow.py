"""NetFlow version 5 and 9 and IPFIX: captures, bare datagrams, or live over UDP.

Rows are flows under ECS names. Options data is state of the exporter (sampling, names), never
a flow. Counters stay as they were on the wire; ``soc.sampling_rate`` tells how to scale them,
and is absent where it is not known. In version 9 lost units are datagrams, in IPFIX data
records, in version 5 flows.

Sources: RFC 3954 (version 9), RFC 7011 and 7012 (IPFIX), RFC 5103 (biflows).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from collectors import FileSettings, Position
from soc.batch import Batch
from soc.context import Context


class Settings(FileSettings):
    """``[collectors.<name>]`` with ``type = "netflow"``."""

    listen: tuple[str, ...] = Field(
        default=(), description="Addresses to receive on: 192.0.2.1:2055, [2001:db8::1]:2055"
    )
    exporters: tuple[str, ...] = Field(
        default=(), description="Networks whose datagrams are taken; none: all"
    )
    session: Literal["port", "address"] = Field(
        default="port",
        description="Templates belong to address and port; address: for exporters that change it",
    )
    receive_buffer_bytes: int = Field(
        default=32 << 20, ge=65_536, le=1 << 30, description="Kernel buffer of each socket"
    )
    queue_datagrams: int = Field(
        default=65_536, ge=256, le=1 << 22, description="Datagrams that may wait for the decoder"
    )
    seconds: float | None = Field(default=None, gt=0, description="End after so long; none: never")
    max_datagrams: int | None = Field(
        default=None, ge=1, description="End after so many datagrams; none: never"
    )

    @model_validator(mode="before")
    @classmethod
    def _live(cls, values: Any) -> Any:
        """What is received is live unless it is said to be something else."""
        if isinstance(values, dict) and values.get("listen") and "origin" not in values:
            return {**values, "origin": "live"}
        return values

    @field_validator("listen", "exporters", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        """One text stands for a list of one."""
        return (value,) if isinstance(value, str) else value

    @field_validator("listen")
    @classmethod
    def _endpoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from collectors._udp import endpoint

        for text in value:
            endpoint(text)
        return value

    @field_validator("exporters")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from soc import net
        from soc.errors import InputError

        for text in value:
            try:
                net.network(text)
            except InputError as error:
                raise ValueError(str(error)) from error
        return value


def recognise(head: bytes, name: str) -> bool:
    """True where a NetFlow datagram begins the file, or lies in the capture that it is."""
    from collectors._netflow_files import is_netflow

    return is_netflow(head)


def collect(settings: FileSettings, context: Context, position: Position) -> Iterator[Batch]:
    """Flows of the files in the order given, or of what is received until it is stopped.

    Records of a file are numbered 1, 2, 3 … in the order in which they become readable: by
    datagram, a set that waited for its template with the datagram that brings it. So reading
    the same or a grown file again repeats the numbers. A set that only a later file makes
    readable comes under a source key of its own, made from its file's key, exporter and template.

    Raises:
        ConfigError: an address to receive on is not ours or is taken.
        InputError: a file cannot be read.
    """
    from collectors._netflow_allow import Allowed
    from collectors._netflow_decoder import Decoder
    from collectors._netflow_files import read
    from collectors._netflow_flush import Share
    from collectors._netflow_live import listen

    own = settings if isinstance(settings, Settings) else _own(settings)
    share = Share(own.observer, own.origin)
    decoder = Decoder(share, by_address=own.session == "address")
    allowed = Allowed(own.exporters)
    if own.listen:
        yield from listen(own, context, decoder, allowed)
    else:
        yield from read(own.paths, context, decoder, allowed)


def _own(settings: FileSettings) -> Settings:
    return Settings.model_validate(settings.model_dump())
