"""The moments the screen can go back to: those of a file, or the last minutes of a live host."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from netinspect.recording.timeline import Moment, Overview, Timeline

_MOST = 100


class Keeper(Protocol):
    """A Timeline that can be added to, and may forget its oldest moments."""

    @property
    def overview(self) -> Overview:
        """What is known of all moments there are now."""

    def read(self, index: int) -> Moment:
        """Return a moment."""

    def append(self, moment: Moment) -> None:
        """Keep one more moment."""


class Held(NamedTuple):
    """A moment and its place."""

    place: int
    moment: Moment


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

    timeline: that of a file; None = a live one, begun with the first moment.
    """

    def __init__(self, timeline: Timeline | None, keep: Callable[[], Keeper] | None = None) -> None:
        self._timeline = timeline
        self._keep = keep or _keep_minutes
        self._keeper: Keeper | None = None
        self._lock = threading.Lock()
        self._count = 0  # moments ever kept

    def append(self, moment: Moment) -> Held:
        """Keep one more live moment."""
        with self._lock:
            if self._keeper is None:
                self._timeline = self._keeper = self._keep()
            self._keeper.append(moment)
            self._count += 1
            return Held(self._count - 1, moment)

    def track(self) -> Track:
        """Return where the screen can go now; there must be a moment."""
        with self._lock:
            return self._track()

    def read(self, place: int) -> Held:
        """Return the moment nearest to a place. Raises RecordingError."""
        with self._lock:
            track, timeline = self._track(), self._timeline
            assert timeline is not None, "asked for before the first moment"
            there = track.clamp(place)
            return Held(there, timeline.read(there - track.first))

    def _track(self) -> Track:
        assert self._timeline is not None, "asked for before the first moment"
        overview = self._timeline.overview
        return Track(overview, self._count - len(overview) if self._keeper else 0)


def _keep_minutes() -> Keeper:
    return _RecentMoments()


class _RecentMoments:
    """The last moments as they are."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []

    @property
    def overview(self) -> Overview:
        from netinspect.recording.timeline import Overview, summarize

        return Overview.build(map(summarize, self._moments))

    def read(self, index: int) -> Moment:
        return self._moments[index]

    def append(self, moment: Moment) -> None:
        self._moments = [*self._moments[-_MOST + 1 :], moment]
