"""The moments the screen can go back to: those of a file, or the last minutes of a live host."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from netinspect.model import Step, Trail
    from netinspect.recording.memory import MemoryTimeline
    from netinspect.recording.timeline import Moment, Overview, Timeline
    from netinspect.recording.trails import Trails

_BUDGET = 32 << 20  # bytes


class Held(NamedTuple):
    """A moment, its place, and what is remembered of those before it."""

    place: int
    moment: Moment
    trail: Trail


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Where the screen can go.

    A moment's place is its number since the first one ever kept: it stays while older ones are
    forgotten. first: the place of the oldest that is still there.
    """

    overview: Overview
    first: int = 0

    @property
    def last(self) -> int:
        """The place of the newest moment."""
        return self.first + len(self.overview) - 1

    def clamp(self, place: int) -> int:
        """Return the nearest place there is."""
        return max(self.first, min(place, self.last))

    def taken_at(self, place: int) -> float:
        """Return when the moment nearest to a place was taken, seconds since the epoch."""
        return float(self.overview.taken_at[self.clamp(place) - self.first])

    def nearest(self, at: float) -> int:
        """Return the place of the moment taken nearest to a time, seconds since the epoch."""
        from netinspect.recording.when import nearest

        return self.first + nearest(self.overview, at)

    def after(self, place: int, seconds: float) -> int:
        """Return the place so long after another one (before it if negative), at least one on."""
        there = self.nearest(self.taken_at(place) + seconds)
        return max(there, place + 1) if seconds > 0 else min(there, place - 1)

    def next_change(self, place: int, by: int) -> int | None:
        """Return the next place, or the one before (by: -1), at which findings became others."""
        from netinspect.recording.when import changes

        places = [self.first + index for index in changes(self.overview)]
        if by > 0:
            return next((there for there in places if there > place), None)
        return next((there for there in reversed(places) if there < place), None)

    def find(self, text: str) -> int:
        """Return the place of a time as people write it. Raises UsageError."""
        from netinspect.recording.when import find_moment

        return self.first + find_moment(self.overview, text)


class Past:
    """Keeps and gives out moments, for several threads.

    timeline: that of a file; None = a live one, begun with the first moment. budget: bytes for it.
    """

    def __init__(self, timeline: Timeline | None, budget: int = _BUDGET) -> None:
        self._timeline = timeline
        self._budget = budget
        self._keeper: MemoryTimeline | None = None
        self._lock = threading.Lock()
        self._known: Trails | None = None
        self._count = 0  # moments ever kept

    def append(self, moment: Moment, step: Step | None = None) -> int:
        """Keep one more live moment and return its place. step: what it adds to the Trail."""
        with self._lock:
            if self._keeper is None:
                self._timeline = self._keeper = self._begin()
            self._keeper.append(moment)
            self._count += 1
            if step is not None:
                self._trails.know(self._count - 1, moment, step)
            return self._count - 1

    def track(self) -> Track:
        """Return where the screen can go now; there must be a moment."""
        from netinspect.model import TRAIL_STEPS

        with self._lock:
            oldest, overview = self._oldest()
            # The history of rows at the oldest moments rests on such as are forgotten by now.
            unknown = TRAIL_STEPS - 1 - self._trails.known_before(oldest)
        blurred = min(unknown, len(overview) // 2) if oldest else 0
        return Track(overview.since(blurred), oldest + blurred)

    def read(self, place: int) -> Held:
        """Return the moment nearest to a place. Raises RecordingError."""
        with self._lock:
            oldest, overview = self._oldest()
            there = max(oldest, min(place, oldest + len(overview) - 1))
            trail = self._trails.at(there, oldest)
            return Held(there, self._moment(there), trail)

    def _begin(self) -> MemoryTimeline:
        from netinspect.recording.memory import MemoryTimeline

        return MemoryTimeline(self._budget)

    @property
    def _trails(self) -> Trails:
        if self._known is None:
            from netinspect.recording.trails import Trails

            self._known = Trails(self._moment)
        return self._known

    def _moment(self, place: int) -> Moment:
        assert self._timeline is not None, "asked for before the first moment"
        return self._timeline.read(place - self._oldest()[0])

    def _oldest(self) -> tuple[int, Overview]:
        assert self._timeline is not None, "asked for before the first moment"
        overview = self._timeline.overview
        return self._count - len(overview) if self._keeper else 0, overview
