"""The way of the data: one thread reads Samples, one builds Reports, the screen gets messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from netinspect.errors import NetinspectError
from netinspect.tui.building import Judged, build_ready, judge_sample
from netinspect.tui.messages import (
    FeedFailed,
    MomentsKept,
    PanesLoaded,
    ReportReady,
    SampleTaken,
    View,
)
from netinspect.tui.past import Held, Past
from netinspect.tui.tape import Recorder, Tape

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.finding import Explanation, FindingKey
    from netinspect.model import Sample
    from netinspect.parts import Pane, Source

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Job:
    """What to build a Report of. place: a moment to read first; None = what is held."""

    view: View
    place: int | None
    held: Held | None
    explanations: Mapping[FindingKey, Explanation]


class Feed:
    """Keeps the Report for the present View coming, of the newest moment or of one asked for.

    source: None where there is only the past. post: hands a message to the screen, callable from
    any thread.
    """

    def __init__(
        self,
        source: Source | None,
        load_panes: Callable[[], tuple[Pane, ...]],
        post: Callable[[Message], object],
        judgement: Judgement | None = None,
        past: Past | None = None,
    ) -> None:
        self._source = source
        self._load_panes = load_panes
        self._post = post
        self._changed = threading.Condition()
        self._judgement = judgement
        self._judged: Judged | None = None  # the newest Sample
        self._past = past or Past(None)
        self._tape = Tape(post)
        self._explanations: Mapping[FindingKey, Explanation] = {}
        self._view = View()
        self._newest: Held | None = None
        self._shown: Held | None = None
        self._visited: Held | None = None  # the last one read
        self._visiting: int | None = None  # the place asked for
        self._paused = False
        self._stepping = False  # show the next Sample although paused
        self._wanted = False  # there is something to build
        self._stopped = False

    def start(self) -> None:
        """Begin to read and to build."""
        self._start_thread(self._build_reports)
        self._start_thread(self._read_samples if self._source else self._tell_track)

    def stop(self) -> None:
        """End the source and the recording; the threads end by themselves."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._source is not None:
            self._source.close()
        self._tape.stop()

    def restart(self, source: Source) -> None:
        """Go on with another source in place of one that ended."""
        if self._source is not None:
            self._source.close()
        with self._changed:
            self._source = source
            self._newest = self._judged = None
        self._start_thread(self._read_samples)

    def show(self, view: View) -> None:
        """Build Reports for this View from now on."""
        with self._changed:
            if view != self._view:
                self._view = view
                self._want()

    def visit(self, place: int | None) -> None:
        """Show the moment at a place until another one is asked for; None: the newest one."""
        with self._changed:
            if place != self._visiting:
                self._visiting = place
                self._show_newest()
                self._want()

    def attach(self, explanations: Mapping[FindingKey, Explanation]) -> None:
        """Carry these explanations in every Report from now on."""
        with self._changed:
            self._explanations = dict(explanations)
            self._want()

    def pause(self, paused: bool) -> None:
        """Keep the Report as it is while Samples go on, or catch up with them."""
        with self._changed:
            if paused != self._paused:
                self._paused = paused
                if not paused:
                    self._show_newest()

    def record(self, name: str, open_file: Callable[[str], Recorder]) -> None:
        """Write every Sample from now on to a file, the next one now."""
        self._start_thread(partial(self._tape.start, name, open_file))
        self.hurry()

    def stop_recording(self) -> None:
        """Close the file that is written."""
        self._start_thread(self._tape.stop)

    def refresh(self) -> None:
        """Have a Sample now, and show it even when paused."""
        self._stepping = self._visiting is None
        self.hurry()

    def look_again(self) -> None:
        """See whether a file has grown."""
        self._start_thread(self._tell_track)

    def hurry(self) -> None:
        """Have the next Sample now."""
        if self._source is not None:
            self._source.refresh()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""
        if self._source is not None:
            self._source.set_interval(seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        """Say which sockets are on screen; those of the past are not looked at."""
        if self._source is not None and self._visiting is None:
            self._source.watch(cookies)

    def _start_thread(self, run: Callable[[], None]) -> None:
        # Daemons: a read that hangs in a dead mount must not keep the user from leaving.
        threading.Thread(target=run, name="netinspect", daemon=True).start()

    def _read_samples(self) -> None:
        source = self._source
        while source is not None and source is self._source and not self._stopped:
            sample = self._guard(source.read, ended=True)
            if sample is None:
                return
            self._take(sample)

    def _tell_track(self) -> None:
        track = self._guard(self._past.track, ended=False)
        if track is not None:
            self._post(MomentsKept(track))

    def _take(self, sample: Sample) -> None:
        self._post(SampleTaken(sample))
        held = self._keep(sample)
        with self._changed:
            self._newest = held
            if not self._paused or self._stepping:
                self._stepping = False
                self._show_newest()
        recorded = replace(held.moment, explanations=self._explanations)
        self._guard(partial(self._tape.append, recorded), ended=False)

    def _keep(self, sample: Sample) -> Held:
        """Judge a Sample and keep it, so that one can come back to it.

        Every Sample is judged, in order, also those that no Report is built for.
        """
        from netinspect.model import NO_TRAIL
        from netinspect.recording.timeline import Moment

        before = self._newest.moment.sample if self._newest else None
        judge = partial(judge_sample, sample, before, self._judged, self._judgement)
        judged = self._judged = self._guard(judge, ended=False)
        moment = Moment(sample, before, judged.findings if judged else ())
        step = judged.trail.steps[-1] if judged else None
        place = self._guard(partial(self._past.append, moment, step), ended=False)
        if place is not None and len((track := self._past.track()).overview):
            self._post(MomentsKept(track))
        return Held(place or 0, moment, judged.trail if judged else NO_TRAIL)

    def _build_reports(self) -> None:
        # Loading is part of the thread's work: numpy comes with the panes, and the first frame need
        # not wait for it.
        panes = self._guard(self._load_panes, ended=False) or ()
        self._post(PanesLoaded(panes))
        while (job := self._next_job()) is not None:
            ready = self._guard(partial(self._build, panes, job), ended=False)
            if ready is not None:
                self._post(ready)

    def _next_job(self) -> _Job | None:
        """Wait until there is something to build; None when there never will be."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._stopped)
            self._wanted = False
            if self._stopped:
                return None
            return _Job(self._view, self._visiting, self._shown, self._explanations)

    def _build(self, panes: tuple[Pane, ...], job: _Job) -> ReportReady:
        held = job.held
        if job.place is not None:
            held = self._visited = self._read(job.place)
        assert held is not None, "wanted before the first sample"
        return build_ready(panes, job.view, held, job.explanations, visited=job.place is not None)

    def _read(self, place: int) -> Held:
        """Return the moment at a place; the last one read is at hand."""
        if self._visited is not None and self._visited.place == place:
            return self._visited
        return self._past.read(place)

    def _guard(self, step: Callable[[], _Result], *, ended: bool) -> _Result | None:
        """Run a step; None means that it failed and the screen was told."""
        try:
            return step()
        except NetinspectError as error:
            self._fail(error.message, error.hint, ended)
        except Exception as error:
            # The boundary: whatever is wrong with one Sample, the last Report stays on screen,
            # marked stale, and says why.
            self._fail(f"{type(error).__name__}: {error}", None, ended)
        return None

    def _fail(self, reason: str, hint: str | None, ended: bool) -> None:
        if not self._stopped:
            self._post(FeedFailed(reason, hint, ended))

    def _show_newest(self) -> None:
        if self._visiting is None:
            self._shown = self._newest
            self._want()

    def _want(self) -> None:
        if (self._shown or self._visiting is not None) and self._view.panes:
            self._wanted = True
            self._changed.notify_all()


def all_panes() -> tuple[Pane, ...]:
    """Return the panes netinspect has."""
    from netinspect.panes import PANES

    return PANES
