"""What the status lines say: whose sockets, seen with what rights, how fresh, at what cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netinspect.humanize import bytes_text, coarse_seconds, counted_text, duration_text
from netinspect.tui.line import Part
from netinspect.tui.pace import Pace

if TYPE_CHECKING:
    from netinspect.model import Coverage, Sample
    from netinspect.parts import Report
    from netinspect.tui.messages import TapeMoved

_FRESH_INTERVALS = 2.5
_FRESH_SECONDS = 1.5  # what a pass may take on top before the picture counts as stale


@dataclass(slots=True)
class Status:
    """The state of the screen as far as the status lines tell it. Times in seconds.

    file: what is shown was read from it, and nothing new comes. past: an older moment is on screen.
    """

    target: str
    interval: float  # as asked for
    actual: float | None = None  # as the probe keeps it; None where that is not known yet
    sample: Sample | None = None  # the newest one
    coverage: Coverage | None = None
    shown_at: float | None = None  # epoch, of the Sample on screen
    age: float = 0.0  # since the newest Sample arrived
    cost: str | None = None
    filter: str = ""
    escape: str = ""  # what the key does to the filter
    marked_only: bool = False
    paused: bool = False
    failure: str | None = None
    ended: bool = False  # no more Samples will come
    pace: Pace = field(default_factory=Pace)
    file: str | None = None
    note: str | None = None  # what is wrong with the file
    past: bool = False
    tape: str = ""  # what is recorded

    def take_sample(self, sample: Sample) -> None:
        """Take note of the newest Sample."""
        self.sample, self.actual = sample, sample.cost.interval
        self.pace.take(sample.cost, self.interval)

    def take_file(self, report: Report) -> None:
        """Take note of what is shown of a file."""
        self.sample, self.target, self.failure = report.window.now, report.host.name, None

    def set_pace(self, seconds: float) -> None:
        """Take note that another interval is asked for."""
        self.interval, self.actual = seconds, None
        self.pace.forget()

    @property
    def stale(self) -> bool:
        """Tell whether Samples are overdue."""
        if self.past or self.file is not None:
            return False
        pace = self.interval if self.actual is None else self.actual
        return self.sample is not None and self.age > _FRESH_SECONDS + _FRESH_INTERVALS * pace

    def summary(self) -> tuple[Part, ...]:
        """Return the first line: who is looked at, how much there is, how often, at what cost."""
        parts = [Part("netinspect", "strong", 9), Part(self.target, "strong")]
        if self.file is not None:
            parts += [*self._when_recorded(), Part(self.file, "plain", 6)]
        sample, coverage = self.sample, self.coverage
        if sample is None or coverage is None:
            return (*parts, Part("waiting for the first sample", "muted", 1))
        if sample.host.kernel:
            parts.append(Part(f"kernel {sample.host.kernel}", "plain", 10))
        parts.append(Part(_rights(coverage, sample), "plain", 2))
        sockets = counted_text(coverage.sockets, "socket")
        processes = counted_text(coverage.processes, "process")
        parts.append(Part(f"{sockets}, {processes}", "plain", 3, short=sockets))
        if sample.origin != "sock_diag":
            parts.append(Part(f"from {sample.origin}", "plain", 4))
        if self.file is None and not self.past:
            parts.append(self._pace())
        if self.cost:
            parts.append(Part(self.cost, "plain", 5))
        if self.tape:
            parts.append(Part(self.tape, "critical", 1, "app.simulate_key('R')", self.tape[:3]))
        return tuple(parts)

    def clock(self) -> tuple[Part, ...]:
        """Return the time of what is on screen; minutes, so that an idle screen stays still."""
        if self.shown_at is None or self.file is not None:
            return ()
        return (Part(time.strftime("%H:%M", time.localtime(self.shown_at)), "muted"),)

    def notices(self) -> tuple[Part, ...]:
        """Return the second line: what keeps the picture from being whole and fresh."""
        parts = []
        if self.failure:
            parts.append(Part(f"! {self.failure}", "critical", 0))
            if self.ended:
                parts.append(Part("r retry", "strong", 0, "app.refresh"))
        if self.note:
            parts.append(Part(self.note, "warning", 2))
        if self.past and self.file is None:
            parts += self._how_long_ago()
        elif self.paused and self.shown_at is not None:
            parts.append(Part(f"PAUSED at {_clock(self.shown_at)}", "warning", 1))
        if self.stale:
            parts.append(Part(f"STALE {duration_text(self.age)}", "warning", 1))
        if self.marked_only:
            parts.append(Part("only rows with anomalies: ! all", "strong", 2))
        if self.filter:
            escape = f"  esc {self.escape}" if self.escape else ""
            parts.append(Part(f"only {self.filter}{escape}", "strong", 2))
        if self.coverage is not None:
            parts += _gaps(self.coverage)
        return tuple(parts)

    def _when_recorded(self) -> tuple[Part, ...]:
        if self.shown_at is None:
            return (Part("recorded", "warning"),)
        day = time.strftime("%Y-%m-%d", time.localtime(self.shown_at))
        return Part(f"recorded {_clock(self.shown_at)}", "warning"), Part(day, "plain", 7)

    def _how_long_ago(self) -> list[Part]:
        if self.shown_at is None or self.sample is None:
            return []
        ago = coarse_seconds(self.sample.taken_at + self.age - self.shown_at)
        words = f"AT {_clock(self.shown_at)}, {duration_text(ago) if ago > 0 else 'seconds'} ago"
        return [Part(words, "warning", 0), Part("p live", "strong", 1, "app.simulate_key('p')")]

    def _pace(self) -> Part:
        if self.pace.stretched is None:
            return Part(f"every {interval_text(self.interval)}", "plain", 4)
        words, short = self.pace.stretched
        return Part(words, "plain", 3, short=short)


def tape_text(tape: TapeMoved, now: float) -> str:
    """Say how much is recorded: REC 12:03 4.1M; nothing where nothing is. now: monotonic."""
    if tape.name is None:
        return ""
    minutes, seconds = divmod(int(now - tape.began), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return f"REC {clock} {bytes_text(tape.size)}"


def interval_text(seconds: float) -> str:
    """Print an interval as the user chose it: 0.5 s, 10 s."""
    return f"{seconds:g} s"


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _rights(coverage: Coverage, sample: Sample) -> str:
    if sample.host.euid == 0:
        return "root"
    if coverage.privileged:
        return "privileged"
    return "not root" if sample.host.euid is None else f"uid {sample.host.euid}"


def _gaps(coverage: Coverage) -> list[Part]:
    parts = []
    if coverage.summary:
        short, _, _ = coverage.summary.partition(":")
        parts.append(Part(coverage.summary, "warning", 3, "app.notes", short))
    if coverage.notes:
        noted = counted_text(len(coverage.notes), "note")
        words = f"{noted} on what could not be read: n"
        parts.append(Part(words, "muted", 4, "app.notes", short=f"{noted}: n"))
    return parts
