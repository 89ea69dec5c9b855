"""A recording file as a Timeline. It may be damaged, hostile, or still grow."""

from __future__ import annotations

import json
import os
import stat
from typing import Any

from netinspect.errors import RecordingError
from netinspect.humanize import counted_text, safe_text
from netinspect.recording.members import (
    HEAD_SIZE,
    VERSION,
    Damaged,
    Head,
    Kind,
    Newer,
    inflate,
    parse_head,
    scan_members,
)
from netinspect.recording.playback import Playback
from netinspect.recording.timeline import Moment, Overview

SCHEMA = "netinspect.recording/"

_MOST_HEADER = 1 << 20  # bytes


class Recording:
    """Moments of a file. What is not whole at its end is left out, and said in `note`.

    Raises RecordingError on a file that cannot be read or is no recording.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._name = safe_text(path)
        self._descriptor = open_regular(path, os.O_RDONLY)
        self._places: list[tuple[int, Head]] = []
        self._playback = Playback(self._load)
        self._end = 0
        self.note: str | None = None
        try:
            self.header = read_header(self._descriptor, self._name)
            self._scan()
            self._leave_out_broken()
        except BaseException:
            self.close()
            raise

    @property
    def overview(self) -> Overview:
        """What is known of all Moments there are now."""
        self._scan()
        return self._playback.overview

    def read(self, index: int) -> Moment:
        """Return a Moment; raises IndexError, and RecordingError where it cannot be read."""
        number = self._playback.number(index)
        try:
            return self._playback.read(number)
        except Damaged as error:
            place = f"at byte {self._places[number][0]:,}"
            raise RecordingError(
                f"{self._name}: damaged {place}: {safe_text(str(error), 120)}",
                "other moments of it may be sound",
            ) from error

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _scan(self) -> None:
        """Find the members that came since the last look."""
        size = os.fstat(self._descriptor).st_size
        if size <= self._end:
            return
        found, end, error = scan_members(self._pread, self._end, size)
        if isinstance(error, Newer):
            raise newer_error(self._name, error)
        self._places += found
        self._playback.add(head for _, head in found)
        self._end = end
        self.note = _torn_note(size - end) if error is not None else None

    def _leave_out_broken(self) -> None:
        """Look whether the last member is sound: its end may not have reached the disk."""
        if len(self._places) < 2:
            return
        try:
            inflate(self._load(len(self._places) - 1))
        except Damaged:
            size = os.fstat(self._descriptor).st_size
            self._playback = Playback(self._load)
            start, _ = self._places.pop()
            self._playback.add(head for _, head in self._places)
            self.note = _torn_note(size - start)

    def _load(self, number: int) -> bytes:
        start, head = self._places[number]
        data = self._pread(start, head.size)
        if len(data) != head.size:
            raise Damaged("the file has become shorter")
        return data

    def _pread(self, start: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, start)
        except OSError as error:
            raise RecordingError(f"cannot read {self._name}: {error.strerror}") from error


def open_regular(path: str, flags: int) -> int:
    """Open a file that is neither a device nor a pipe. Raises RecordingError."""
    name = safe_text(path)
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RecordingError(f"cannot open {name}: {reason}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RecordingError(f"{name} is no file that can hold a recording")
    return descriptor


def read_header(descriptor: int, name: str) -> dict[str, Any]:
    """Read the first member. Raises RecordingError on what is no recording, or a newer one."""
    try:
        head = parse_head(os.pread(descriptor, HEAD_SIZE, 0))
        if head.kind != Kind.HEADER or head.size > _MOST_HEADER:
            raise Damaged("it does not begin with a header")
        body = inflate(os.pread(descriptor, head.size, 0))
        if len(body) > _MOST_HEADER:
            raise Damaged("its header is too long")
        header = json.loads(body)
        schema = header["schema"]
        if not str(schema).startswith(SCHEMA):
            raise Damaged("it says that it is something else")
    except Newer as error:
        raise newer_error(name, error) from error
    except OSError as error:
        raise RecordingError(f"cannot read {name}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = safe_text(str(error), 80) if isinstance(error, Damaged) else "its header is none"
        raise RecordingError(f"{name} is no recording: {reason}") from error
    if schema != f"{SCHEMA}{VERSION}":
        raise newer_error(name, Newer(safe_text(str(schema), 60)))
    return dict(header)


def newer_error(name: str, error: Newer) -> RecordingError:
    """Say that a file needs a newer netinspect."""
    return RecordingError(
        f"{name} is a recording of another version ({error}); this one reads {SCHEMA}{VERSION}",
        "open it with a newer netinspect",
    )


def _torn_note(left_out: int) -> str:
    return f"torn tail: {counted_text(left_out, 'byte')} at the end were left out"
