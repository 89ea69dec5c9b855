"""Which moment is shown, by the keys of a tape deck: back, forth, to a time, pause, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message

from netinspect.errors import UsageError
from netinspect.humanize import counted_text, safe_text
from netinspect.tui.desk import Desk
from netinspect.tui.keys import TRANSPORT_KEYS
from netinspect.tui.prompt import PromptBar
from netinspect.tui.row_table import RowTable
from netinspect.tui.time_bar import TimeBar

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.tui.messages import TapeMoved
    from netinspect.tui.past import Track


class Transport(Container):
    """Holds the desk, and the line of time below it while the past is on screen.

    live: there is a host that goes on. place: of the moment asked for; None = the newest, as they
    come. recording: the file that is written. new_file: gives the name offered for one; None where
    nothing can be recorded. at: the place to begin with, in a file; None = the last.
    """

    BINDINGS: ClassVar[list[BindingType]] = TRANSPORT_KEYS

    @dataclass
    class Wanted(Message):
        """Another moment is wanted on screen. paused: the one that is there, while time goes on."""

        place: int | None
        paused: bool

    @dataclass
    class RecordingWanted(Message):
        """A file of this name is to be written; None: no more is."""

        name: str | None

    def __init__(
        self,
        desk: Desk,
        glyphs: Glyphs,
        *,
        live: bool,
        new_file: Callable[[], str] | None,
        at: int | None = None,
    ) -> None:
        super().__init__(id="transport")
        self.desk = desk
        self.live = live
        self.place: int | None = None
        self.paused = False
        self.recording: str | None = None
        self._new_file = new_file
        self._at = at
        self._track: Track | None = None
        self._shown: int | None = None  # the place that is on screen
        self._bar = TimeBar(glyphs)
        self._prompt = PromptBar()

    def compose(self) -> ComposeResult:
        """Put the line of time below the desk."""
        yield self.desk
        yield self._bar
        yield self._prompt

    @property
    def travelling(self) -> bool:
        """Tell whether a moment was asked for."""
        return self.place is not None

    def keep(self, track: Track) -> None:
        """Take note of the moments there are now."""
        could_move, before = self._can_move, self._track
        self._track = track
        if not self.live and before is not None:
            more = track.last - before.last
            self._tell(
                f"{counted_text(more, 'moment')} more" if more else "nothing new is recorded"
            )
        if not self.live and self.place is None:
            self._want(track.last if self._at is None else track.clamp(self._at), paused=False)
        self._show_bar()
        if self._can_move != could_move:
            self.refresh_bindings()

    def show_place(self, place: int) -> None:
        """Take note of the moment that came on screen."""
        self._shown = place
        self._show_bar()

    def show_tape(self, tape: TapeMoved) -> None:
        """Take note of how the recording goes; say why it ended."""
        if tape.failure:
            self.notify(f"not recorded: {tape.failure}", severity="error", markup=False)
        elif tape.name != self.recording:
            words = f"recording to {tape.name}" if tape.name else f"{self.recording} is closed"
            words = " · ".join(filter(None, (words, tape.note)))
            self.notify(safe_text(words), timeout=3, markup=False)
        self.recording = tape.name

    def commands(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        """List what makes sense now, for the palette: name, what it does, how."""
        if self.live and self.travelling:
            yield "Back to live", "show the newest sample, and those that come", self.action_go_live
        elif self.live:
            yield "Pause or go on", "sampling goes on meanwhile", self.action_pause
        if self._can_move:
            yield "Go to a time", "14:05, 14:05:30, -10m, first, last", self.action_ask_time
        if self._new_file is not None:
            name = "Stop recording" if self.recording is not None else "Record"
            yield name, "every sample goes to a file", self.action_record

    # keys

    def action_step(self, by: int) -> None:
        """Go some moments back or forth."""
        if (here := self._here) is not None:
            self._go(here + by)

    def action_skip(self, seconds: int) -> None:
        """Go back or forth by a time."""
        if self._track is not None and (here := self._here) is not None:
            there = self._track.after(here, seconds)
            self._go(there if here == self._track.last else min(there, self._track.last))

    def action_change(self, by: int) -> None:
        """Go to the moment before or after at which anomalies began or became others."""
        if self._track is not None and (here := self._here) is not None:
            there = self._track.next_change(here, by)
            if there is None:
                self._tell(f"no anomaly begins or changes {'before' if by < 0 else 'after'} this")
            else:
                self._go(there)

    def action_ask_time(self) -> None:
        """Ask for a time and go there."""
        self._prompt.ask("go to", "", self._find, "14:05, 14:05:30, -10m, first, last")

    def action_pause(self) -> None:
        """Stop repainting, or catch up."""
        self._want(None, paused=not self.paused)

    def action_go_live(self) -> None:
        """Show the newest moment, and those that come."""
        self._want(None, paused=False)

    def action_leave_past(self) -> None:
        """Show the newest moment, with the key that goes to the last row while all is live."""
        self.action_go_live()

    def action_go_last(self) -> None:
        """Show the last moment of the file."""
        if self._track is not None:
            self._go(self._track.last)

    def action_record(self) -> None:
        """Begin to write what comes to a file, or end that."""
        if self.recording is not None:
            self.post_message(self.RecordingWanted(None))
        elif self._new_file is not None:
            self._prompt.ask("record to", self._new_file(), self._record)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that would do nothing now."""
        if action == "record":
            return self._new_file is not None
        if action == "pause":
            return self.live and not self.travelling
        if action == "go_live":
            return self.live and self.travelling
        if action == "leave_past":
            return self.live and self.travelling and isinstance(self.screen.focused, RowTable)
        if action == "go_last":
            return not self.live and self._can_move
        if action in ("step", "skip", "change"):
            back = str(parameters[0]).startswith("-")
            return self._can_move and (back or self.travelling or self.paused)
        return self._can_move if action == "ask_time" else True

    @on(TimeBar.Chosen)
    def go_where_pointed(self, event: TimeBar.Chosen) -> None:
        """Go to the moment that was clicked."""
        self._go(event.place)

    @on(PromptBar.Closed)
    def return_to_rows(self) -> None:
        """Give the keys back to the rows."""
        self.desk.action_to_rows()

    # moments

    @property
    def _here(self) -> int | None:
        """The place to go on from: keys may come faster than pictures."""
        return self._shown if self.place is None else self.place

    @property
    def _can_move(self) -> bool:
        return self._track is not None and len(self._track.overview) > 1

    def _go(self, place: int) -> None:
        """Go to a place; past the end of a live track, to what comes."""
        track = self._track
        if track is None:
            return
        if place > track.last and self.live:
            self.action_go_live()
            return
        there = track.clamp(place)
        if there != place and there == self.place:
            self._tell(
                "there is no later moment" if place > there else "there is no earlier moment"
            )
        self._want(there, paused=False)

    def _want(self, place: int | None, *, paused: bool) -> None:
        self.place, self.paused = place, paused
        self._show_bar()
        self.refresh_bindings()
        self.post_message(self.Wanted(place, paused))

    def _find(self, text: str) -> None:
        if self._track is not None:
            self._go(self._track.find(text))

    def _record(self, name: str) -> None:
        if not name:
            raise UsageError("a file needs a name")
        self.post_message(self.RecordingWanted(name))

    def _tell(self, text: str) -> None:
        self.notify(text, timeout=2)

    def _show_bar(self) -> None:
        self._bar.display = self.travelling and self._can_move
        if self._bar.display and self._track is not None and self._shown is not None:
            self._bar.show_track(self._track, self._shown)
