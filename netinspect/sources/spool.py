"""What comes through a pipe, kept in a file that nobody else can read while it is opened."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from netinspect.errors import RecordingError

STDIN = "-"
_MOST_BYTES = 4 << 30
_PIECE = 1 << 20


@contextmanager
def spool(descriptor: int, name: str) -> Iterator[str]:
    """Read to the end into a temporary file and yield its path; it goes when the block ends.

    name: for messages. Raises RecordingError.
    """
    handle, path = tempfile.mkstemp(prefix="netinspect-")  # mode 0600
    try:
        try:
            _copy(descriptor, handle, name)
        except OSError as error:
            raise RecordingError(f"cannot read {name}: {error.strerror or error}") from error
        finally:
            os.close(handle)
        yield path
    finally:
        with suppress(OSError):
            os.unlink(path)


def _copy(descriptor: int, handle: int, name: str) -> None:
    size = 0
    while piece := os.read(descriptor, _PIECE):
        size += len(piece)
        if size > _MOST_BYTES:
            raise RecordingError(f"{name} is too large: more than {_MOST_BYTES:,} bytes")
        view = memoryview(piece)
        while view:
            view = view[os.write(handle, view) :]
