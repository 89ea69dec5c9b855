"""The lines above the panes: status, notices, the gravest findings, tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from netinspect.tui.anomaly_strip import AnomalyStrip
from netinspect.tui.line import Line
from netinspect.tui.tab_bar import TabBar

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.parts import Report
    from netinspect.tui.deck import Deck
    from netinspect.tui.status import Status


class Head(Vertical):
    """Stacks lines that take room only while they have something to say."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="head")
        self._status = Line(id="status")
        self._notices = Line(id="notices")
        self._strip = AnomalyStrip(glyphs)
        self._tabs = TabBar()

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self._status
        yield self._notices
        yield self._strip
        yield self._tabs

    def show_status(self, status: Status) -> None:
        """Say who is looked at, and what keeps the picture from being whole and fresh."""
        self._status.show(status.summary(), status.clock())
        parts = status.notices()
        self._notices.display = bool(parts)
        self._notices.show(parts)

    def show_place(self, deck: Deck, report: Report | None) -> None:
        """Show the tabs, and the strip where the findings are not on screen anyway."""
        self._tabs.display = not deck.dashboard
        self._tabs.show_tabs((view.pane for view in deck.views), deck.place.pane)
        if report is not None:
            elsewhere = not deck.dashboard and deck.place.pane != "anomalies"
            self._strip.show_report(report, room=elsewhere)
