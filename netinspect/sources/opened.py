"""Files that hold moments: which kind one is, and which of its moments is meant."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netinspect.errors import RecordingError, UsageError
from netinspect.humanize import safe_text
from netinspect.sources.dump import looks_like_dump, parse_dump
from netinspect.sources.spool import STDIN, spool

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.finding import Finding
    from netinspect.model import Sample
    from netinspect.recording.timeline import Moment, Timeline

_GZIP = b"\x1f\x8b"
_RECORDING = b"\x1f\x8b\x08\x04"  # gzip with an extra field
_RECORDING_ID = slice(12, 14), b"NI"
_HEAD = 64
_PIPE = "e.g. ssh HOST netinspect snapshot | netinspect open -"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, open to be looked into.

    index: of the moment that was asked for, else the last. note: what is wrong with the file.
    judged: its findings were told when it was written, not when it was opened.
    """

    timeline: Timeline
    name: str
    index: int
    note: str | None = None
    judged: bool = True
    close: Callable[[], None] = lambda: None

    @property
    def moment(self) -> Moment:
        """Read the moment that was asked for."""
        return self.timeline.read(self.index)


def open_file(spec: str, judgement: Judgement | None = None) -> Opened:
    """Open a recording, a snapshot or a dump that ss wrote.

    spec: PATH, PATH@TIME, or - for standard input. judgement: for a file that holds no findings.
    Raises RecordingError for what cannot be opened, UsageError for a time that is none.
    """
    path, when = split_spec(spec)
    opened = _open_path(path, judgement)
    if when is None:
        return opened
    from netinspect.recording.when import find_moment

    try:
        index = find_moment(opened.timeline.overview, when)
    except UsageError as error:
        opened.close()
        raise UsageError(f"{opened.name}: {error.message}", error.hint) from None
    return replace(opened, index=index)


def split_spec(spec: str) -> tuple[str, str | None]:
    """Split PATH@TIME; a path that exists as it is written has no time."""
    path, at, when = spec.rpartition("@")
    if not at or not path or os.path.lexists(spec):
        return spec, None
    return path, when


def _open_path(path: str, judgement: Judgement | None) -> Opened:
    if path == STDIN:
        if os.isatty(0):
            raise UsageError("standard input is a terminal: nothing comes from there", _PIPE)
        return _open_piped(0, "standard input", judgement)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return _open_regular(path, safe_text(os.path.basename(path)), judgement)
        if stat.S_ISFIFO(mode):
            with open(path, "rb") as pipe:
                return _open_piped(pipe.fileno(), safe_text(path), judgement)
    except OSError as error:
        raise RecordingError(f"cannot open {path}: {error.strerror or error}") from error
    raise RecordingError(f"cannot open {path}: it is no file")


def _open_piped(descriptor: int, name: str, judgement: Judgement | None) -> Opened:
    with spool(descriptor, name) as path:
        try:
            return _open_regular(path, name, judgement)
        except RecordingError as error:
            message = error.message.replace(path, name)
            raise RecordingError(message, error.hint) from error


def _open_regular(path: str, name: str, judgement: Judgement | None) -> Opened:
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise RecordingError(f"{name} is empty")
    place, mark = _RECORDING_ID
    if head.startswith(_RECORDING) and head[place] == mark:
        return _open_recording(path, name)
    return _open_moment(path, name, head, judgement)


def _open_recording(path: str, name: str) -> Opened:
    from netinspect.recording.reader import Recording

    recording = Recording(path)
    count = len(recording.overview)
    if not count:
        recording.close()
        raise RecordingError(f"{name} holds no moment", recording.note)
    return Opened(recording, name, count - 1, recording.note, close=recording.close)


def _open_moment(path: str, name: str, head: bytes, judgement: Judgement | None) -> Opened:
    """Open a file of one moment."""
    from netinspect.recording.timeline import Moment, MomentList
    from netinspect.snapshots import check_size, inflate, parse_snapshot

    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        check_size(name, status.st_size)
        data = file.read(status.st_size)
    if looks_like_dump(head):
        sample = parse_dump(data, name, status.st_mtime)
        moment = Moment(sample, None, judge(sample, None, judgement))
        return Opened(MomentList([moment]), name, 0, judged=False)
    if head.startswith(_GZIP):
        data = inflate(data, name)
    return Opened(MomentList([parse_snapshot(data, name)]), name, 0)


def judge(
    now: Sample, before: Sample | None, judgement: Judgement | None = None
) -> tuple[Finding, ...]:
    """Judge one moment by itself: nothing needs to hold for longer."""
    from netinspect.diagnosis import History, Judgement, diagnose
    from netinspect.query import Query
    from netinspect.report import build_window

    once = replace(judgement or Judgement(), patience=1)
    return diagnose(build_window(now, before, Query()), History(), once).findings
