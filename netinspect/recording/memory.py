"""The last Moments, kept in memory within a budget, as a recording would keep them."""

from __future__ import annotations

import threading
from collections import deque

from netinspect.errors import RecordingError
from netinspect.recording.encoder import Encoder
from netinspect.recording.members import Damaged, Kind
from netinspect.recording.playback import Playback
from netinspect.recording.timeline import Moment, Overview

_LEVEL = 1  # a fifteenth larger, in half the time
_GROUPS = 2  # that fit into the budget at least: the oldest one is forgotten as a whole


class MemoryTimeline:
    """A Timeline that grows at its end and loses its oldest Moments, some at a time.

    budget_bytes: of what is kept compressed; more only where not even two Moments fit. cache_bytes:
    of what was read last. seconds: that are enough to keep, None = as many as the budget holds.
    One thread may append while another reads.
    """

    def __init__(
        self, budget_bytes: int, cache_bytes: int = 64 << 20, seconds: float | None = None
    ) -> None:
        self._budget = budget_bytes
        self._seconds = seconds
        self._encoder = Encoder(_LEVEL)
        self._members: deque[bytes] = deque()
        # Numbers of complete members, and when they were taken.
        self._starts: deque[tuple[int, float]] = deque()
        self._first = 0  # number of the oldest member
        self._group = 0  # bytes from the newest complete member on
        self._bytes = 0
        self._lock = threading.RLock()
        self._playback = Playback(self._load, cache_bytes)

    @property
    def nbytes(self) -> int:
        """Count the bytes of what is kept compressed."""
        return self._bytes

    @property
    def overview(self) -> Overview:
        """What is known of all Moments there are now."""
        with self._lock:
            return self._playback.overview

    def append(self, moment: Moment) -> None:
        """Add the newest Moment."""
        encoded = self._encoder.encode(moment)
        self._encoder.accept(encoded)
        with self._lock:
            for member in encoded.members:
                if member.head.kind != Kind.DELTA:
                    number = self._first + len(self._members)
                    self._starts.append((number, member.head.taken_at))
                    self._group = 0
                self._members.append(member.data)
                self._bytes += len(member.data)
                self._group += len(member.data)
            self._playback.add(member.head for member in encoded.members)
            self._keep_within(moment.sample.taken_at)
        if self._group > self._budget // _GROUPS:
            self._encoder.end_group()

    def read(self, index: int) -> Moment:
        """Return a Moment; raises IndexError."""
        with self._lock:
            try:
                return self._playback.read(self._playback.number(index))
            except Damaged as error:
                raise RecordingError(f"memory of the last minutes: {error}") from error

    def _keep_within(self, now: float) -> None:
        while self._is_too_much() or self._is_old(now):
            self._starts.popleft()
            while self._first < self._starts[0][0]:
                self._bytes -= len(self._members.popleft())
                self._first += 1
            self._playback.drop(self._first)

    def _is_too_much(self) -> bool:
        # A complete member whose predecessor is gone is no Moment: without another one before it
        # there would be nothing to go back to.
        return self._bytes > self._budget and len(self._starts) > 2

    def _is_old(self, now: float) -> bool:
        """Tell whether what comes from the second complete member on is enough."""
        if self._seconds is None or len(self._starts) < 2:
            return False
        return self._starts[1][1] < now - self._seconds

    def _load(self, number: int) -> bytes:
        return self._members[number - self._first]
