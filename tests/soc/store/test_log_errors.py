"""Nothing that deltalake raises leaves the event log untranslated."""

from __future__ import annotations

import errno

import deltalake.exceptions
import pyarrow as pa
import pytest

from soc.errors import Conflict, StoreError, StoreUnavailable
from soc.store._log_errors import translated

CLASSES = [
    kind
    for kind in vars(deltalake.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, Exception)
]


def test_there_are_classes_to_walk() -> None:
    assert {kind.__name__ for kind in CLASSES} >= {"DeltaError", "CommitFailedError"}


@pytest.mark.parametrize("kind", [*CLASSES, Exception, OSError, pa.ArrowInvalid])
def test_every_class_becomes_an_error_of_ours_on_one_line(kind: type[Exception]) -> None:
    with (
        pytest.raises(StoreError, match=r"^event log flow: ") as caught,
        translated("event log flow"),
    ):
        raise kind("first\nsecond")

    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("Generic LocalFileSystem error: No space left on device (os error 28)"),
        deltalake.exceptions.DeltaError("Unable to write: No space left on device"),
        deltalake.exceptions.CommitFailedError("Failed to commit transaction: 15"),
        OSError(errno.EMFILE, "Too many open files"),
    ],
)
def test_what_passes_by_itself_can_be_retried(error: Exception) -> None:
    with pytest.raises(StoreUnavailable), translated("event log flow"):
        raise error


def test_errors_of_ours_pass_unchanged() -> None:
    with pytest.raises(Conflict, match=r"^moved$"), translated("event log flow"):
        raise Conflict("moved")


def test_bugs_pass_unchanged() -> None:
    with pytest.raises(TypeError), translated("event log flow"):
        raise TypeError("ours")
