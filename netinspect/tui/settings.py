"""How the screen was asked to start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from netinspect.humanize import safe_text
from netinspect.tui.feed import Feed, all_panes
from netinspect.tui.filter_history import FilterHistory
from netinspect.tui.past import Past
from netinspect.tui.status import Status

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.diagnosis import Judgement
    from netinspect.parts import Pane, Source
    from netinspect.recording.timeline import Timeline
    from netinspect.tui.exporting import Exporting
    from netinspect.tui.tape import Recorder


@dataclass(frozen=True, slots=True)
class Settings:
    """How the screen was asked to start.

    Either a live host: source gives Samples, reopen makes it anew after it failed, prompts: that
    may ask for a password, so it needs the terminal, interval: seconds, first_waits: seconds after
    the first Samples, so that rates and what must hold for several are there sooner,
    start_recording: opens a file of this name.

    Or a file: timeline is what it holds, at the index to begin with (None: the last), name its
    name, note what is wrong with it.
    """

    glyphs: Glyphs
    source: Source | None = None
    reopen: Callable[[], Source] | None = None
    ascii: bool = False
    prompts: bool = False
    interval: float = 2.0
    first_waits: tuple[float, ...] = ()
    filter: str = ""
    history: FilterHistory = field(default_factory=FilterHistory)
    load_panes: Callable[[], tuple[Pane, ...]] = all_panes
    judgement: Judgement | None = None
    export: Exporting | None = None
    start_recording: Callable[[str], Recorder] | None = None
    timeline: Timeline | None = None
    at: int | None = None
    name: str = ""
    note: str | None = None


def make_feed(settings: Settings, post: Callable[[Message], object]) -> Feed:
    """Make the feed from what is to be shown. post: hands a message to the screen."""
    past = Past(settings.timeline)
    return Feed(settings.source, settings.load_panes, post, settings.judgement, past)


def first_status(settings: Settings) -> Status:
    """Say what is known before any data."""
    source = settings.source
    return Status(
        source.target if source is not None else safe_text(settings.name),
        settings.interval,
        filter=settings.filter,
        file=safe_text(settings.name) if source is None else None,
        note=safe_text(settings.note) if settings.note else None,
    )
