"""Appends Moments to a recording file. What was acknowledged is in the file, whatever happens."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from contextlib import suppress

from netinspect import __version__
from netinspect.errors import RecordingError
from netinspect.humanize import safe_text
from netinspect.recording.encoder import Encoder
from netinspect.recording.keep import Keep, Starts
from netinspect.recording.members import (
    HEAD_SIZE,
    MAGIC,
    VERSION,
    Damaged,
    Head,
    Kind,
    Member,
    Newer,
    inflate,
    pack_member,
    parse_head,
    scan_members,
)
from netinspect.recording.reader import SCHEMA, newer_error, open_regular, read_header
from netinspect.recording.timeline import Moment

_HINTS = {
    errno.ENOSPC: "make room there, or record less: `netinspect record --keep`",
    errno.EDQUOT: "your quota is used up: make room, or record elsewhere",
    errno.EIO: "the device fails: record elsewhere",
}
_MOST_TORN = 64 << 20  # bytes that are looked at
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT


class RecordingWriter:
    """Writes a new file, of mode 0600, or goes on with one that is a recording.

    interval: seconds between Samples, for the header. keep: how much to keep, None = all.
    `note` says what was cut off the end of a file that is gone on with.
    Raises RecordingError on a file that cannot be written, or is something else.
    """

    def __init__(
        self, path: str, *, interval: float | None = None, keep: Keep | None = None
    ) -> None:
        self._path = path
        self._name = safe_text(path)
        self._interval = interval
        self._keep = keep
        self._encoder = Encoder()
        self.note: str | None = None
        self._starts = Starts()
        self._end = 0
        self._descriptor = open_regular(path, _FLAGS)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Count the bytes of the file."""
        return self._end

    def append(self, moment: Moment) -> None:
        """Add a Moment; when this returns, it is in the file.

        Raises RecordingError when it is not: then the file is as it was before.
        """
        try:
            encoded = self._encoder.encode(moment)
        except ValueError as error:
            raise RecordingError(f"cannot record this sample: {error}") from error
        self._check_file()
        self._write(encoded.members)
        self._encoder.accept(encoded)
        if self._keep is not None:
            self._shorten(self._keep, moment.sample.taken_at)

    def close(self) -> None:
        """Bring everything to the disk and close the file."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):  # there is nothing more that could be done about it
            os.fsync(descriptor)
        os.close(descriptor)

    def _begin(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RecordingError(f"{self._name}: another netinspect records into it") from error
        size = os.fstat(self._descriptor).st_size
        if size == 0:
            self._write((_header(self._interval),))
            return
        read_header(self._descriptor, self._name)
        self._go_on(size)

    def _go_on(self, size: int) -> None:
        """Find the end of what is whole, and cut off what a crash has left behind it."""

        def read(start: int, length: int) -> bytes:
            return os.pread(self._descriptor, length, start)

        found, end, error = scan_members(read, 0, size)
        if isinstance(error, Newer):
            raise newer_error(self._name, error)
        if error is not None and not _is_torn(read(end, min(size - end, _MOST_TORN))):
            raise RecordingError(
                f"{self._name}: damaged at byte {end:,}: {error}", "record into another file"
            )
        if len(found) > 1 and not _is_sound(read(*_place(found[-1]))):
            end = found.pop()[0]
        if end < size:
            os.ftruncate(self._descriptor, end)
            self.note = f"torn tail: {size - end:,} bytes at the end were cut off"
        self._end = end
        for start, head in found:
            self._starts.add(start, head)

    def _write(self, members: tuple[Member, ...]) -> None:
        """Append members whole; where that fails, the file is left as it was."""
        data = b"".join(member.data for member in members)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
            if members[0].head.kind != Kind.DELTA:
                os.fsync(self._descriptor)
        except BaseException as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            if isinstance(error, OSError):
                raise self._failure(error) from error
            raise
        for member in members:
            self._starts.add(self._end, member.head)
            self._end += len(member.data)

    def _check_file(self) -> None:
        status = os.fstat(self._descriptor)
        if status.st_nlink == 0:
            raise RecordingError(
                f"{self._name} was deleted while it was recorded into", "record into a new file"
            )
        if status.st_size != self._end:
            raise RecordingError(
                f"{self._name} was changed by something else", "record into a new file"
            )

    def _failure(self, error: OSError) -> RecordingError:
        hint = _HINTS.get(error.errno or 0)
        return RecordingError(f"cannot write {self._name}: {error.strerror}", hint)

    def _shorten(self, keep: Keep, now: float) -> None:
        start = self._starts.find_start(keep, self._end, now)
        if start is None:
            return
        try:
            header = self._starts.header
            descriptor = keep.copy(self._path, self._descriptor, start, self._end, header)
        except OSError as error:
            # The old file is whole, and grows on; there will be another attempt.
            self.note = f"cannot shorten {self._name}: {error.strerror}"
            self._starts.wait(self._end)
            return
        os.close(self._descriptor)
        self._descriptor = descriptor
        by = start - header
        self._starts.shift(start, by)
        self._end -= by


def _header(interval: float | None) -> Member:
    told = {
        "schema": f"{SCHEMA}{VERSION}",
        "written_by": f"netinspect {__version__}",
        "interval": interval,
    }
    head = Head(Kind.HEADER, 0, 0, 0.0, 0, 0, -1)
    return pack_member(head, json.dumps(told).encode() + b"\n")


def _place(found: tuple[int, Head]) -> tuple[int, int]:
    return found[0], found[1].size


def _is_sound(member: bytes) -> bool:
    try:
        inflate(member)
    except Damaged:
        return False
    return True


def _is_torn(tail: bytes) -> bool:
    """Tell whether a crash can have left this: the beginning of a member, or blocks of zeros.

    Where another member comes after it, it is damage of another kind.
    """
    if not any(tail):
        return True
    if not tail.startswith(MAGIC[: len(tail)]):
        return False
    at = tail.find(MAGIC, 1)
    while at >= 0:
        with suppress(Damaged):
            parse_head(tail[at : at + HEAD_SIZE])
            return False
        at = tail.find(MAGIC, at + 1)
    return True
