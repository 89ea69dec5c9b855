"""Lines of a file, with a progress bar on standard error when a person waits there."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from typing import BinaryIO

_LONGEST_PIECE = 1 << 16
_UPDATE_BYTES = 1 << 20


def read_lines(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a binary file as text; a longer line comes in pieces."""
    pieces = iter(lambda: file.readline(_LONGEST_PIECE), b"")
    watched = _watched(file, pieces) if sys.stderr is not None and sys.stderr.isatty() else pieces
    for piece in watched:
        yield piece.decode("utf-8", "replace")


def _watched(file: BinaryIO, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if file.isatty():
        print("paste the text, then press Ctrl-D on a line of its own", file=sys.stderr)
        return pieces
    return _with_bar(pieces, _size(file))


def _with_bar(pieces: Iterator[bytes], size: int | None) -> Iterator[bytes]:
    """Show how much was read; of a pipe, which has no known end, only that it goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=size)
        done = told = 0
        for piece in pieces:
            done += len(piece)
            if done - told >= _UPDATE_BYTES:
                progress.update(task, completed=done)
                told = done
            yield piece


def _size(file: BinaryIO) -> int | None:
    """Return how much there is to read of a regular file, None for what has no known end."""
    try:
        status = os.fstat(file.fileno())
        return status.st_size - file.tell() if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None
