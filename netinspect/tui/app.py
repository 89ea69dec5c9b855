"""The screen as a whole: composes the parts and carries messages between them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from netinspect.tui.deck import Deck
from netinspect.tui.desk import Desk
from netinspect.tui.filter_bar import FilterBar
from netinspect.tui.help import help_text, notes_text
from netinspect.tui.key_line import KeyLine
from netinspect.tui.keys import APP_KEYS
from netinspect.tui.messages import (
    FeedFailed,
    MomentsKept,
    PanesLoaded,
    ReportReady,
    TapeMoved,
    View,
)
from netinspect.tui.palette import palette_commands
from netinspect.tui.pane_view import PaneView
from netinspect.tui.row_table import RowTable, visible_values
from netinspect.tui.settings import Settings
from netinspect.tui.source_app import SourceApp
from netinspect.tui.status import tape_text
from netinspect.tui.text_screen import TextScreen
from netinspect.tui.transport import Transport

if TYPE_CHECKING:
    from netinspect.parts import Report


class NetinspectApp(SourceApp):
    """Shows Reports until told to quit."""

    TITLE = "netinspect"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = ""  # bound below like every other key
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as App has it
    BINDINGS: ClassVar[list[BindingType]] = APP_KEYS

    def __init__(self, settings: Settings, driver_class: type | None = None) -> None:
        super().__init__(settings, driver_class)
        self.desk = Desk(settings.glyphs, settings.export)
        self.transport = Transport(
            self.desk,
            settings.glyphs,
            live=settings.source is not None,
            new_file=self._new_file if settings.start_recording else None,
            at=settings.at,
        )
        self._filter_bar = FilterBar(settings.history)
        self._key_line = KeyLine()
        self._typed = settings.filter
        self._report: Report | None = None
        self._marked_only = False

    def compose(self) -> ComposeResult:
        """Lay out the lines around the deck."""
        yield self._head
        yield self.transport
        yield self._filter_bar
        yield self._key_line

    def on_mount(self) -> None:
        """Paint the frame first; data is asked for once it is on screen."""
        self.screen.set_class(self.settings.ascii, "-ascii")
        self._show_status()
        self.mind_the_terminal()
        self.call_after_refresh(self._feed.start)
        self.set_interval(1.0, self._show_status)

    def on_unmount(self) -> None:
        """End the source with the screen."""
        self._feed.stop()

    @property
    def deck(self) -> Deck:
        """Return the panes."""
        return self.desk.deck

    # data

    @on(PanesLoaded)
    async def hold_panes(self, event: PanesLoaded) -> None:
        """Put the panes on screen, still without rows."""
        await self.deck.hold(event.panes)
        for view in self.deck.views:
            view.table.show_placeholder(self._waiting_text())

    @on(ReportReady)
    def show_report(self, event: ReportReady) -> None:
        """Show a Report, unless the user has moved on meanwhile."""
        if event.view != self._view() or event.visited != self.transport.travelling:
            return
        if self.status.file is not None:
            self.status.take_file(event.report)
        self._report = event.report
        self._filter_bar.take_report(event.report)
        self.desk.report, self.desk.recorded = event.report, event.recorded
        for view in self.deck.on_screen:
            view.show_report(event.report, event.headers[view.pane.name])
        self._show_place()
        self.transport.show_place(event.place)
        self.deck.make_room(event.report)
        self.status.coverage = event.report.coverage
        self.status.shown_at = event.report.taken_at
        self._show_status()

    @on(FeedFailed)
    def show_failure(self, event: FeedFailed) -> None:
        """Keep what is on screen and say why it is not renewed."""
        self.status.failure = " · ".join(filter(None, (event.reason, event.hint)))
        self.status.ended = event.ended
        for view in self.deck.views:
            view.table.show_placeholder(f"{event.reason}\n{event.hint or ''}")
        self._show_status()
        self.refresh_bindings()

    @on(Deck.Moved)
    @on(PaneView.Reordered)
    def ask(self) -> None:
        """Ask for what is now wanted on screen."""
        self.status.escape = "back" if self.deck.place.drill else "no filter"
        self.status.filter = self._filter()
        self._feed.show(self._view())
        self._show_status()
        self._show_place()

    @on(RowTable.Scrolled)
    def rows_moved(self, event: RowTable.Scrolled) -> None:
        """Have the kernel's details on the sockets that are on screen."""
        cookies = visible_values(event.table.visible_rows, event.table.pane.fields, "cookie")
        if cookies:
            self._feed.watch([int(cookie) for cookie in cookies if isinstance(cookie, (int, str))])
        self._show_place()

    # time

    @on(MomentsKept)
    def keep_track(self, event: MomentsKept) -> None:
        """Let the user go to the moments there are now."""
        self.transport.keep(event.track)

    @on(Transport.Wanted)
    def travel(self, event: Transport.Wanted) -> None:
        """Show another moment, or the newest ones again."""
        self.status.past = event.place is not None
        self.status.paused = event.paused
        self._feed.visit(event.place)
        self._feed.pause(event.paused)
        self._show_status()

    @on(TapeMoved)
    def show_tape(self, event: TapeMoved) -> None:
        """Say how much is recorded, or why no more is."""
        self.transport.show_tape(event)
        self.status.tape = tape_text(event, time.monotonic())
        self._show_status()

    # filter

    def action_filter(self) -> None:
        """Edit the filter."""
        self._filter_bar.open(self._typed)

    def action_clear_filter(self) -> None:
        """Show everything again."""
        self.use_filter(FilterBar.Changed(""))

    @on(FilterBar.Changed)
    def use_filter(self, event: FilterBar.Changed) -> None:
        """Show only what a filter lets through."""
        self._typed = event.text
        self.ask()
        self.refresh_bindings()

    @on(FilterBar.Closed)
    def return_to_rows(self) -> None:
        """Give the keys back to the rows."""
        if self.deck.current:
            self.deck.current.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that would do nothing now."""
        return bool(self._typed) if action == "clear_filter" else True

    # findings

    @on(Desk.Attached)
    def carry(self, event: Desk.Attached) -> None:
        """Have the attached explanations in every Report from now on."""
        self._feed.attach(event.explanations)

    def action_marked_only(self) -> None:
        """Show only rows that a finding lies on, or all again."""
        self._marked_only = not self._marked_only
        self.status.marked_only = self._marked_only
        self.ask()

    # keys

    def action_go(self, pane: str) -> None:
        """Show a pane at full size."""
        self.deck.go(pane)

    def action_notes(self) -> None:
        """Show what could not be read."""
        coverage, failure = self.status.coverage, self.status.failure
        notes, summary = (coverage.notes, coverage.summary) if coverage else ((), None)
        page = notes_text(notes, failure, summary)
        self.push_screen(TextScreen("What could not be read", page))

    def action_help(self) -> None:
        """Show the help page."""
        bindings = self.screen.active_bindings.values()
        panes = [view.pane for view in self.deck.views]
        self.push_screen(TextScreen("Help", help_text(self, bindings, panes)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Fill the command palette with our commands only."""
        return palette_commands(self)

    # lines

    def _filter(self) -> str:
        return self.deck.place.filter(self._typed)

    def _view(self) -> View:
        shown = tuple(view.shown for view in self.deck.on_screen)
        return View(self._filter(), shown, self._marked_only)

    def _show_place(self) -> None:
        self._head.show_place(self.deck, self._report)
        current = self.deck.current
        self._key_line.show_position(current.table.position_text() if current else "")
