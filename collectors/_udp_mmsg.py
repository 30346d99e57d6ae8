"""Many datagrams a system call: ``recvmmsg`` into an arena of fixed slots."""

from __future__ import annotations

import ctypes
import errno
import socket
from ctypes import POINTER, Structure, c_int, c_size_t, c_uint, c_uint32, c_void_p
from struct import pack

_SLOT = 65_536  # the longest datagram fits, so none is ever cut
_NAME = 28  # octets of the longer sockaddr, that of IPv6


class _Iovec(Structure):
    _fields_ = (("base", c_void_p), ("length", c_size_t))


class _Header(Structure):
    _fields_ = (
        ("name", c_void_p),
        ("name_length", c_uint32),
        ("vector", POINTER(_Iovec)),
        ("vectors", c_size_t),
        ("control", c_void_p),
        ("control_length", c_size_t),
        ("flags", c_int),
    )


class _Message(Structure):
    _fields_ = (("header", _Header), ("length", c_uint))


class Mmsg:
    """An arena for one non-blocking socket."""

    def __init__(self, found: socket.socket, slots: int) -> None:
        self._socket = found
        self._slots = slots
        self._call = getattr(ctypes.CDLL(None, use_errno=True), "recvmmsg", None)
        self._data = ctypes.create_string_buffer(slots * _SLOT)
        self._names = ctypes.create_string_buffer(slots * _NAME)
        self._vectors = (_Iovec * slots)()
        self._messages = (_Message * slots)()
        for index in range(slots):
            self._wire(index)

    def _wire(self, index: int) -> None:
        vector, header = self._vectors[index], self._messages[index].header
        vector.base = ctypes.addressof(self._data) + index * _SLOT
        vector.length = _SLOT
        header.name = ctypes.addressof(self._names) + index * _NAME
        header.name_length = _NAME
        header.vector = ctypes.pointer(vector)
        header.vectors = 1

    def receive(self) -> list[tuple[bytes, bytes]]:
        """Datagrams that are there now, each with the sockaddr of its sender; maybe none."""
        if self._call is None:
            return self._one_by_one()
        count = self._call(
            self._socket.fileno(), self._messages, self._slots, socket.MSG_DONTWAIT, None
        )
        if count <= 0:
            if count < 0 and ctypes.get_errno() == errno.ENOSYS:
                self._call = None
            return []
        data, names = memoryview(self._data), memoryview(self._names)
        found = []
        for index in range(count):
            message = self._messages[index]
            length, name = message.length, message.header.name_length
            message.header.name_length = _NAME
            start, at = index * _SLOT, index * _NAME
            found.append((bytes(data[start : start + length]), bytes(names[at : at + name])))
        return found

    def _one_by_one(self) -> list[tuple[bytes, bytes]]:
        found = []
        for _ in range(self._slots):
            try:
                data, address = self._socket.recvfrom(_SLOT)
            except OSError:
                break
            found.append((data, _sockaddr(address)))
        return found


def _sockaddr(address: tuple[str, int] | tuple[str, int, int, int]) -> bytes:
    """The octets that the kernel would have given."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    raw = socket.inet_pton(family, address[0].split("%")[0])
    head = pack("=H", family) + pack(">H", address[1])
    return head + raw if family == socket.AF_INET else head + bytes(4) + raw + bytes(4)
