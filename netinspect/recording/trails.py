"""The Trail of a past moment, made again from the moments before it: the same as it was then."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from netinspect.errors import RecordingError
from netinspect.measures.steps import take_step
from netinspect.model import TRAIL_STEPS, Step, Trail
from netinspect.query import Query
from netinspect.recording.timeline import Moment
from netinspect.report import build_window

_MOST = 4 * TRAIL_STEPS


class _Walked(NamedTuple):
    """The Step of one moment, when it was taken, and when the Sample it was compared with."""

    at: float
    before: float | None
    step: Step


class Trails:
    """Makes Trails of the moments of a Timeline; whoever goes on by one reads one moment more.

    read: returns the moment at an index. Called from one thread at a time.
    """

    def __init__(self, read: Callable[[int], Moment]) -> None:
        self._read = read
        self._walked: OrderedDict[int, _Walked] = OrderedDict()

    def at(self, index: int, first: int = 0) -> Trail:
        """Return the Trail up to a moment.

        first: the oldest moment that can be read; what was read before is remembered.
        """
        trail, last = Trail(), None
        # Upwards: what is coded as differences is read fastest so.
        for place in range(max(0, index - TRAIL_STEPS + 1), index + 1):
            if place < first and place not in self._walked:
                continue
            try:
                walked = self._walk(place)
            except RecordingError:
                if place == index:
                    raise
                trail, last = Trail(), None
                continue
            if walked.before is None or walked.before != last:
                trail = Trail()
            trail, last = trail.add(walked.step), walked.at
        return trail

    def know(self, index: int, moment: Moment, step: Step) -> None:
        """Take note of a Step that was measured anyway."""
        before = moment.before.taken_at if moment.before else None
        self._walked[index] = _Walked(moment.sample.taken_at, before, step)
        if len(self._walked) > _MOST:
            self._walked.popitem(last=False)

    def known_before(self, index: int) -> int:
        """Count the Steps that lead up to a moment and are at hand, though it may be the oldest."""
        counts = (n for n in range(TRAIL_STEPS - 1) if index - n - 1 not in self._walked)
        return next(counts, TRAIL_STEPS - 1)

    def _walk(self, place: int) -> _Walked:
        if place not in self._walked:
            moment = self._read(place)
            self.know(place, moment, step_of(moment))
        self._walked.move_to_end(place)
        return self._walked[place]


def step_of(moment: Moment) -> Step:
    """Return what a moment adds to the Trail, whatever the filter."""
    window = build_window(moment.sample, moment.before, Query(), findings=moment.findings)
    return take_step(window)
