"""Where a command's data goes: standard output, or a file that is whole or not there."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from netinspect.errors import NetinspectError

if TYPE_CHECKING:
    from netinspect.parts import Paper


def stdout_paper() -> Paper:
    """Describe what standard output can show; colour only on a terminal and without NO_COLOR."""
    from netinspect.parts import Paper

    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    ascii_only = encoding != "utf8"
    if sys.stdout is None or not sys.stdout.isatty():
        return Paper(ascii=ascii_only)
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in ("dumb", "")
    return Paper(_terminal_width(), not plain, ascii_only)


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def write_stdout(pieces: Iterable[bytes]) -> None:
    """Write to standard output; BrokenPipeError passes, other failures raise NetinspectError."""
    if sys.stdout is None:
        raise NetinspectError("standard output is closed")
    try:
        _write(sys.stdout.buffer, pieces)
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_stdout()
        raise NetinspectError(f"cannot write to standard output: {error.strerror}") from error


def write_output(path: str, write: Callable[[Paper], Iterable[bytes]]) -> None:
    """Write where -o says; write: gives the pieces for what they are written on."""
    from netinspect.parts import Paper

    if path == "-":
        write_stdout(write(stdout_paper()))
    else:
        write_file(path, write(Paper()))


def discard_stdout() -> None:
    """Let nothing more reach standard output, so that the interpreter's last flush cannot fail."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)


def write_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file of mode 0600 under a temporary name and rename it: whole or not at all.

    A device or a pipe is written to as it is. Raises NetinspectError.
    """
    try:
        if _is_special(path):
            with open(path, "wb") as file:
                _write(file, pieces)
        else:
            _replace(path, pieces)
    except OSError as error:
        raise NetinspectError(f"cannot write {path}: {error.strerror}") from error


def _replace(path: str, pieces: Iterable[bytes]) -> None:
    folder, name = os.path.split(os.path.realpath(path))
    if os.path.isdir(path):
        raise NetinspectError(f"cannot write {path}: it is a directory", "name a file in it")
    if not os.path.isdir(folder):
        raise NetinspectError(f"cannot write {path}: there is no directory {folder}")
    import tempfile

    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)  # mode 0600
    try:
        with open(descriptor, "wb") as file:
            _write(file, pieces)
            os.fsync(file.fileno())
        os.replace(temporary, os.path.join(folder, name))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()
