"""What the feed tells the screen, and what the screen asks it for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netinspect.finding import Explanation, FindingKey
    from netinspect.model import Sample
    from netinspect.parts import Pane, Report
    from netinspect.tui.past import Track


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
    """Something new to show.

    headers: each pane's line of numbers, by pane name. place: of the moment it is about, on the
    Track. visited: that moment was asked for, it is not just the newest. recorded: what was
    attached to it when it was recorded.
    """

    report: Report
    headers: dict[str, str]
    view: View
    place: int
    visited: bool
    recorded: Mapping[FindingKey, Explanation]

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
class MomentsKept(Message):
    """There are other moments to go to."""

    track: Track

    def can_replace(self, message: Message) -> bool:
        """Only what is kept now counts."""
        return isinstance(message, MomentsKept)


@dataclass
class FeedFailed(Message):
    """Why the picture is not renewed. ended: no more Samples will come from this source."""

    reason: str
    hint: str | None
    ended: bool


@dataclass
class TapeMoved(Message):
    """What is recorded by now.

    name: of the file that is written; None = none is. began: time.monotonic(). size: bytes.
    failure: why no more is written. note: what had to be done to the file.
    """

    name: str | None
    began: float = 0.0
    size: int = 0
    failure: str | None = None
    note: str | None = None
