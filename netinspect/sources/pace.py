"""When the next Sample is due, and what ends the wait for it early."""

from __future__ import annotations

import threading
import time

from netinspect.errors import SourceError


class Pace:
    """Waits between Samples. `wait` belongs to one thread; any may call the others."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due = time.monotonic()  # the first one at once
        self._changed = threading.Condition()
        self._closed = False

    def wait(self) -> None:
        """Wait until a Sample is due; raises SourceError after `close`."""
        with self._changed:
            while not self._closed and (left := self._due - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._closed:
                raise SourceError("the source was closed")

    def advance(self, at_least: float = 0.0) -> float:
        """Make the next Sample due an interval from now, and return that interval in seconds.

        at_least: stretches it.
        """
        with self._changed:
            interval = max(self._interval, at_least)
            self._due = time.monotonic() + interval
            return interval

    def refresh(self) -> None:
        """Make the next Sample due now."""
        with self._changed:
            self._due = time.monotonic()
            self._changed.notify_all()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples, the wait that goes on included."""
        with self._changed:
            self._due += seconds - self._interval
            self._interval = seconds
            self._changed.notify_all()

    def close(self) -> None:
        """Let `wait` raise SourceError."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
