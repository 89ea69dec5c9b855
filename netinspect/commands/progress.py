"""Lines of a file, with a progress bar on standard error when a person waits there."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from typing import BinaryIO

_LONGEST_LINE = 1 << 16
_UPDATE_LINES = 2000


def read_lines(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a binary file as text; longer lines come in pieces."""
    lines = iter(lambda: file.readline(_LONGEST_LINE), b"")
    watched = _with_bar(file, lines) if sys.stderr and sys.stderr.isatty() else lines
    for line in watched:
        yield line.decode("utf-8", "replace")


def _with_bar(file: BinaryIO, lines: Iterator[bytes]) -> Iterator[bytes]:
    size = _size(file)
    if size is None:
        yield from lines  # a person types or pastes: a bar would be in the way
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=size)
        done = 0
        for number, line in enumerate(lines):
            done += len(line)
            if number % _UPDATE_LINES == 0:
                progress.update(task, completed=done)
            yield line


def _size(file: BinaryIO) -> int | None:
    """Return how long a regular file is, None for what has no known end; 0 bytes: no bar."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    if stat.S_ISFIFO(status.st_mode):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else None
