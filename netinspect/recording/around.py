"""Of the Moments that come, only those around findings go into a file."""

from __future__ import annotations

from typing import Protocol

from netinspect.finding import Severity
from netinspect.recording.memory import MemoryTimeline
from netinspect.recording.timeline import Moment

_MEMORY = 128 << 20  # bytes


class Writer(Protocol):
    """What takes Moments."""

    def append(self, moment: Moment) -> None: ...


class AroundFindings:
    """Holds Moments back until something is found that is at least a warning.

    before, after: seconds to keep on either side of it.
    """

    def __init__(self, writer: Writer, before: float, after: float) -> None:
        self._writer = writer
        self._before = before
        self._after = after
        self._held = self._hold()
        self._found_at: float | None = None

    @property
    def is_writing(self) -> bool:
        """Tell whether Moments go into the file now."""
        return self._found_at is not None

    def append(self, moment: Moment) -> None:
        """Write a Moment, or hold it back."""
        now = moment.sample.taken_at
        if _is_grave(moment):
            self._write_held(now)
            self._found_at = now
        # abs: after a clock is set back, nothing would be held back for as long.
        elif self._found_at is not None and abs(now - self._found_at) > self._after:
            self._found_at = None
        if self._found_at is None:
            self._held.append(moment)
        else:
            self._writer.append(moment)

    def _write_held(self, now: float) -> None:
        held, times = self._held, self._held.overview.taken_at
        for index, taken_at in enumerate(times.tolist()):
            if now - self._before <= taken_at:
                self._writer.append(held.read(index))
        if len(times):
            self._held = self._hold()

    def _hold(self) -> MemoryTimeline:
        return MemoryTimeline(_MEMORY, seconds=self._before)


def _is_grave(moment: Moment) -> bool:
    return any(f.severity is not None and f.severity >= Severity.WARNING for f in moment.findings)
