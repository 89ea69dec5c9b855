"""One line of time: how many sockets there were, where anomalies began, which moment is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from textual.events import Click, Resize
from textual.message import Message

from netinspect.tui.line import Line, Part

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.tui.past import Track

_MARGIN = 1  # cells at each end of a Line
_LEAST = 20  # cells of bar; where there are fewer, the times beside it go
_SPAN = 0.2  # of the most sockets: what the height stands for at least, so that noise stays small
_GAP = 4.0  # usual distances between two moments; a longer one is a gap
_STYLES = {1: "warning", 2: "critical"}  # by Severity


class Column(NamedTuple):
    """One cell: the moments in it.

    level: of sockets, from 0, the fewest, to 1; None in a gap. severity: of the gravest finding.
    began: whether there were more findings than before, or graver ones.
    """

    level: float | None
    severity: int
    began: bool = False


class TimeBar(Line):
    """Shows a Track from its first moment to its last; a click goes to a moment."""

    @dataclass
    class Chosen(Message):
        """The user points at a moment."""

        place: int

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="time", separator="")
        self._glyphs = glyphs
        self._track: Track | None = None
        self._place = 0
        self._left_edge = 0  # the first cell of the bar
        self._cells = 0

    def show_track(self, track: Track, place: int) -> None:
        """Show where one is."""
        self._track, self._place = track, place
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Make use of the width."""
        self._draw()

    async def on_click(self, event: Click) -> None:
        """Go to the moment under the pointer."""
        at = event.x - self._left_edge
        if self._track is not None and 0 <= at < self._cells:
            first, last = _ends(self._track)
            share = at / max(1, self._cells - 1)
            self.post_message(self.Chosen(self._track.nearest(first + share * (last - first))))

    def _draw(self) -> None:
        room = self.size.width - 2 * _MARGIN
        if self._track is None or room <= 0:
            return
        left, right = _labels(self._track)
        if room - len(left) - len(right) < _LEAST:
            left = right = ""
        self._left_edge = _MARGIN + len(left)
        self._cells = room - len(left) - len(right)
        columns = measure(self._track, self._cells)
        at = _cell_of(self._track, self._place, self._cells)
        self.show([Part(left, "muted"), *self._parts(columns, at), Part(right, "muted")])

    def _parts(self, columns: list[Column], at: int) -> Iterator[Part]:
        """Join neighbours of one style: a part costs bytes on the terminal."""
        for style, run in groupby(self._drawn(columns, at), lambda cell: cell[1]):
            yield Part("".join(glyph for glyph, _ in run), style)

    def _drawn(self, columns: list[Column], at: int) -> Iterator[tuple[str, str]]:
        for cell, column in enumerate(columns):
            style = _STYLES.get(column.severity, "muted")
            if cell == at:
                yield self._glyphs.here, "active"
            elif column.began and column.severity > 0:
                yield self._glyphs.warning if column.severity == 1 else self._glyphs.critical, style
            else:
                yield self._bar(column.level), style

    def _bar(self, level: float | None) -> str:
        if level is None:
            return " "
        steps = self._glyphs.spark
        return steps[min(int(level * len(steps)), len(steps) - 1)]


def measure(track: Track, cells: int) -> list[Column]:
    """Spread the moments of a Track over cells of equal time."""
    import numpy as np

    overview = track.overview
    at = np.maximum.accumulate(overview.taken_at)  # a clock that was set back stands still
    apart = np.diff(at)
    gap = _GAP * float(np.median(apart)) if len(apart) else 0.0
    edges = np.linspace(at[0], at[-1], cells + 1)[1:]
    ends = np.searchsorted(at, edges, "right")
    ends[-1] = len(at)
    least, most = int(overview.sockets.min()), int(overview.sockets.max())
    span = max(most - least, _SPAN * most, 1.0)
    ground = (least + most - span) / 2
    more = np.diff(overview.findings, prepend=0) > 0
    began = more | (np.diff(overview.severity, prepend=overview.severity[:1]) > 0)
    columns, begin = [], 0
    for edge, end in zip(edges.tolist(), ends.tolist(), strict=True):
        if end == begin and edge - at[end - 1] > gap:
            columns.append(Column(None, -1))
            continue
        inside = slice(min(begin, end - 1), end)  # with none of its own: the one before
        level = (float(overview.sockets[inside].max()) - ground) / span
        severity = int(overview.severity[inside].max())
        columns.append(Column(level, severity, bool(began[begin:end].any())))
        begin = end
    return columns


def _cell_of(track: Track, place: int, cells: int) -> int:
    first, last = _ends(track)
    share = (track.taken_at(place) - first) / (last - first) if last > first else 1.0
    return round(min(max(share, 0.0), 1.0) * (cells - 1))


def _ends(track: Track) -> tuple[float, float]:
    return track.taken_at(track.first), float(track.overview.taken_at.max())


def _labels(track: Track) -> tuple[str, str]:
    """Return the times at both ends, with days where they are not of one day."""
    first, last = map(time.localtime, _ends(track))
    form = "%H:%M:%S" if first[:3] == last[:3] else "%m-%d %H:%M"
    return f"{time.strftime(form, first)} ", f" {time.strftime(form, last)}"
