"""How much of a recording to keep: it is copied from a complete member on, and takes its place."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass

from netinspect.recording.members import Head, Kind

_SLACK = 1.25
_PIECE = 1 << 20
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"k": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_TERM = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?)([smhdkMGT])")


@dataclass(frozen=True, slots=True)
class Keep:
    """The least that is kept by time, the most by size; None = all.

    A file may grow beyond it by a quarter before it is shortened, for which there must be room.
    """

    seconds: float | None = None
    size: int | None = None  # bytes

    def copy(self, path: str, source: int, start: int, end: int, header: int) -> int:
        """Put the header and what lies between start and end in the file's place.

        header: bytes of it. Returns a descriptor that appends to the new file, locked. Raises
        OSError; then the old file is there as it was. Who reads the old one goes on with it.
        """
        path = os.path.realpath(path)
        folder, name = os.path.split(path)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)  # mode 0600
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _copy_bytes(source, descriptor, 0, header)
            _copy_bytes(source, descriptor, start, end)
            os.fsync(descriptor)
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
            os.replace(temporary, path)
        except BaseException:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(temporary)
            raise
        return descriptor


class Starts:
    """Where complete members begin, and when they were taken."""

    def __init__(self) -> None:
        self.header = 0  # bytes
        self._known: list[tuple[int, float]] = []
        self._patience = 0  # bytes that the file must have before it is looked at again

    def add(self, start: int, head: Head) -> None:
        """Note a member."""
        if head.kind == Kind.HEADER and start == 0:
            self.header = head.size
        elif head.kind in (Kind.KEY, Kind.BASE):
            self._known.append((start, head.taken_at))

    def find_start(self, keep: Keep, end: int, now: float) -> int | None:
        """Return from where on to keep the file; None while it is not too long."""
        if not self._known or end < self._patience:
            return None
        first, oldest = self._known[0]
        start = first
        if keep.seconds is not None and now - oldest > keep.seconds * _SLACK:
            start = max(s for s, at in self._known if s == first or at <= now - keep.seconds)
        if keep.size is not None and end > keep.size * _SLACK:
            small = (s for s, _ in self._known if end - s + self.header <= keep.size)
            start = max(start, next(small, self._known[-1][0]))
        return start if start > first else None

    def shift(self, start: int, by: int) -> None:
        """Forget what lies before a start; all the rest lies nearer to the beginning now."""
        self._known = [(s - by, at) for s, at in self._known if s >= start]

    def wait(self, end: int) -> None:
        """Look again only when the file has grown by a quarter."""
        self._patience = int(end * _SLACK)


def parse_keep(text: str) -> Keep:
    """Parse a time, a size, or both: 24h, 2G, 24h,2G. Raises ValueError."""
    seconds: float | None = None
    size: int | None = None
    for term in text.split(","):
        found = _TERM.fullmatch(term.strip())
        number = float(found[1]) if found else 0.0
        if found is None or not number:
            raise ValueError(f"`{text}` is neither a time nor a size")
        if found[2] in _SECONDS:
            seconds = number * _SECONDS[found[2]]
        else:
            size = int(number * _BYTES[found[2]])
    return Keep(seconds, size)


def _copy_bytes(source: int, target: int, start: int, end: int) -> None:
    while start < end:
        piece = memoryview(os.pread(source, min(_PIECE, end - start), start))
        if not piece:
            raise OSError(0, "the file has become shorter")
        start += len(piece)
        while piece:
            piece = piece[os.write(target, piece) :]
