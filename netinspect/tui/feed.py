"""The way of the data: one thread reads Samples, one builds Reports, the screen gets messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from netinspect.errors import NetinspectError

if TYPE_CHECKING:
    from netinspect.diagnosis import Diagnosis, Judgement
    from netinspect.finding import Explanation, FindingKey
    from netinspect.model import Sample
    from netinspect.parts import Pane, Report, Source

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Shown:
    """One pane that is on screen, and its order."""

    pane: str
    sort: str
    descending: bool


@dataclass(frozen=True, slots=True)
class View:
    """What the screen shows: a Report is built for just this."""

    filter: str = ""
    panes: tuple[Shown, ...] = ()
    marked_only: bool = False


@dataclass
class PanesLoaded(Message):
    """The panes can be put on screen; rows come later."""

    panes: tuple[Pane, ...]


@dataclass
class ReportReady(Message):
    """Something new to show. headers: each pane's line of numbers, by pane name."""

    report: Report
    headers: dict[str, str]
    view: View

    def can_replace(self, message: Message) -> bool:
        """Only the newest Report is worth drawing."""
        return isinstance(message, ReportReady)


@dataclass
class SampleTaken(Message):
    """A Sample arrived, shown or not."""

    sample: Sample

    def can_replace(self, message: Message) -> bool:
        """Only the newest Sample counts."""
        return isinstance(message, SampleTaken)


@dataclass
class FeedFailed(Message):
    """Why the picture is not renewed. ended: no more Samples will come from this source."""

    reason: str
    hint: str | None
    ended: bool


@dataclass(frozen=True, slots=True)
class _Moments:
    """The two Samples a Window compares, and what they were found to show."""

    now: Sample | None = None
    before: Sample | None = None
    diagnosis: Diagnosis | None = None


class Feed:
    """Keeps the newest Report for the present View coming, until stopped.

    post: hands a message to the screen, callable from any thread.
    """

    def __init__(
        self,
        source: Source,
        load_panes: Callable[[], tuple[Pane, ...]],
        post: Callable[[Message], object],
        judgement: Judgement | None = None,
    ) -> None:
        self._source = source
        self._load_panes = load_panes
        self._post = post
        self._changed = threading.Condition()
        self._judgement = judgement
        self._explanations: Mapping[FindingKey, Explanation] = {}
        self._view = View()
        self._newest = _Moments()
        self._shown = _Moments()
        self._paused = False
        self._stepping = False  # show the next Sample although paused
        self._wanted = False  # there is something to build
        self._stopped = False

    def start(self) -> None:
        """Begin to read and to build."""
        self._start_thread(self._build_reports)
        self._start_thread(self._read_samples)

    def stop(self) -> None:
        """End the source; the threads end by themselves."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._source.close()

    def restart(self, source: Source) -> None:
        """Go on with another source in place of one that ended."""
        self._source.close()
        with self._changed:
            self._source = source
            self._newest = _Moments()
        self._start_thread(self._read_samples)

    def show(self, view: View) -> None:
        """Build Reports for this View from now on."""
        with self._changed:
            if view != self._view:
                self._view = view
                self._want()

    def attach(self, explanations: Mapping[FindingKey, Explanation]) -> None:
        """Carry these explanations in every Report from now on."""
        with self._changed:
            self._explanations = dict(explanations)
            self._want()

    def pause(self, paused: bool) -> None:
        """Keep the Report as it is while Samples go on, or catch up with them."""
        with self._changed:
            self._paused = paused
            if not paused:
                self._show_newest()

    def refresh(self) -> None:
        """Have a Sample now, and show it even when paused."""
        self._stepping = True
        self._source.refresh()

    def hurry(self) -> None:
        """Have the next Sample now."""
        self._source.refresh()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""
        self._source.set_interval(seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        """Say which sockets are on screen."""
        self._source.watch(cookies)

    def _start_thread(self, run: Callable[[], None]) -> None:
        # Daemons: a read that hangs in a dead mount must not keep the user from leaving.
        threading.Thread(target=run, name=f"netinspect{run.__name__}", daemon=True).start()

    def _read_samples(self) -> None:
        source = self._source
        while source is self._source and not self._stopped:
            sample = self._guard(source.read, ended=True)
            if sample is None:
                return
            self._take(sample)

    def _take(self, sample: Sample) -> None:
        self._post(SampleTaken(sample))
        # Every Sample is judged, in order, also those that no Report is built for.
        moments = self._guard(partial(_judge, sample, self._newest, self._judgement), ended=False)
        with self._changed:
            self._newest = moments or _Moments(sample, self._newest.now)
            if not self._paused or self._stepping:
                self._stepping = False
                self._show_newest()

    def _build_reports(self) -> None:
        # Loading is part of the thread's work: numpy comes with the panes, and the first frame need
        # not wait for it.
        panes = self._guard(self._load_panes, ended=False) or ()
        self._post(PanesLoaded(panes))
        while (job := self._next_job()) is not None:
            ready = self._guard(partial(_build, panes, *job), ended=False)
            if ready is not None:
                self._post(ready)

    def _next_job(self) -> tuple[View, _Moments, Mapping[FindingKey, Explanation]] | None:
        """Wait until there is something to build; None when there never will be."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._stopped)
            self._wanted = False
            return None if self._stopped else (self._view, self._shown, self._explanations)

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
        self._shown = self._newest
        self._want()

    def _want(self) -> None:
        if self._shown.now is not None and self._view.panes:
            self._wanted = True
            self._changed.notify_all()


def all_panes() -> tuple[Pane, ...]:
    """Return the panes netinspect has."""
    from netinspect.panes import PANES

    return PANES


def _judge(sample: Sample, last: _Moments, judgement: Judgement | None) -> _Moments:
    """Find what is wrong in a Sample, going on from the one before."""
    from netinspect.diagnosis import History, Judgement, diagnose
    from netinspect.query import Query
    from netinspect.report import build_window

    history = last.diagnosis.history if last.diagnosis else History()
    window = build_window(sample, last.now, Query())
    return _Moments(sample, last.now, diagnose(window, history, judgement or Judgement()))


def _build(
    panes: tuple[Pane, ...],
    view: View,
    moments: _Moments,
    explanations: Mapping[FindingKey, Explanation],
) -> ReportReady:
    from netinspect.query import parse_query
    from netinspect.report import PaneRequest, build_report, build_window

    assert moments.now is not None, "wanted before the first sample"
    findings = moments.diagnosis.findings if moments.diagnosis else ()
    query = parse_query(view.filter)
    window = build_window(moments.now, moments.before, query, findings=findings)
    by_name = {pane.name: pane for pane in panes}
    requests = [
        PaneRequest(by_name[shown.pane], shown.sort, shown.descending, view.marked_only)
        for shown in view.panes
    ]
    report = build_report(window, requests, explanations)
    headers = {request.pane.name: request.pane.header(window) for request in requests}
    return ReportReady(report, headers, view)
