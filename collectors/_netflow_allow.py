"""Which exporters are listened to: UDP is easily forged."""

from __future__ import annotations

from collectors._netflow_decoder import address_text
from collectors._netflow_session import Exporter
from soc import net

_REMEMBERED = 65_536


class Allowed:
    """True for exporters of the given networks; for all where none are given."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = net.merge(net.network(text) for text in networks)
        self._known: dict[bytes, bool] = {}
        self.refused = 0

    def __call__(self, exporter: Exporter) -> bool:
        if not self._networks or not exporter.address:
            return True
        is_allowed = self._known.get(exporter.address)
        if is_allowed is None:
            is_allowed = net.covers(self._networks, net.address(address_text(exporter.address)))
            if len(self._known) < _REMEMBERED:
                self._known[exporter.address] = is_allowed
        self.refused += not is_allowed
        return is_allowed
