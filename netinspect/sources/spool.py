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
    try:
        handle, path = tempfile.mkstemp(prefix="netinspect-")  # mode 0600
    except OSError as error:
        raise _not_kept(name, error) from error
    try:
        try:
            _copy(descriptor, handle, name)
        finally:
            os.close(handle)
        yield path
    finally:
        with suppress(OSError):
            os.unlink(path)


def _copy(descriptor: int, handle: int, name: str) -> None:
    size = 0
    while piece := _read(descriptor, name):
        size += len(piece)
        if size > _MOST_BYTES:
            raise RecordingError(f"{name} is too large: more than {_MOST_BYTES:,} bytes")
        view = memoryview(piece)
        try:
            while view:
                view = view[os.write(handle, view) :]
        except OSError as error:
            raise _not_kept(name, error) from error


def _read(descriptor: int, name: str) -> bytes:
    try:
        return os.read(descriptor, _PIECE)
    except OSError as error:
        raise RecordingError(f"cannot read {name}: {error.strerror or error}") from error


def _not_kept(name: str, error: OSError) -> RecordingError:
    hint = "set TMPDIR to a directory with room, or open a file"
    return RecordingError(f"cannot keep {name} for a while: {error.strerror or error}", hint)
