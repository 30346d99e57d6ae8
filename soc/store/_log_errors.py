"""What deltalake, Arrow and the system raise, in the words of ``soc.errors``."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import CommitFailedError, DeltaError

from soc.errors import SocError, StoreError, StoreUnavailable

_NO_ROOM = ("no space left", "os error 28", "disk quota", "os error 122")
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EBUSY, errno.EMFILE, errno.ENFILE}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the libraries beneath become ours, with the place named; bugs pass through."""
    try:
        yield
    except SocError:
        raise
    except (DeltaError, OSError, pa.ArrowException) as error:
        raise translate(error, place) from error
    except Exception as error:
        if type(error) is not Exception:  # deltalake raises the bare class too
            raise
        raise translate(error, place) from error


def translate(error: Exception, place: str) -> StoreError:
    """The error of ours for one of theirs."""
    text = str(error) or type(error).__name__
    if _is_no_room(error, text):
        return StoreUnavailable(f"{place}: no room on the disk: make room, then run it again")
    if isinstance(error, CommitFailedError):
        return StoreUnavailable(f"{place}: busy, {_short(text)}: run it again")
    if isinstance(error, OSError) and error.errno in _PASSING:
        return StoreUnavailable(f"{place}: {_short(text)}: run it again")
    return StoreError(f"{place}: {_short(text)}: see `soc doctor`")


def _is_no_room(error: Exception, text: str) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(sign in text.lower() for sign in _NO_ROOM)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"
