"""One pane on screen: its line of numbers, its rows, the meaning of its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from netinspect.fields import Kind
from netinspect.tui.line import Line, Part, fit_parts
from netinspect.tui.messages import Shown
from netinspect.tui.row_table import Order, RowTable

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.parts import Pane, Report

_SEPARATOR = ", "
"""What is between the numbers of a pane's header."""
_FRAME = 6  # cells: what the frame keeps beside its title, and the gap between name and numbers
_TELLING = (
    "ESTABLISHED",
    "TIME_WAIT",
    "CLOSE_WAIT",
    "LISTEN",
    "SYN_SENT",
    "SYN_RECV",
    "LAST_ACK",
    "FIN_WAIT2",
)
"""The states to explain first."""


class PaneView(Vertical):
    """Holds a pane's order and shows its part of each Report."""

    class Reordered(Message):
        """The rows are wanted in another order."""

    def __init__(self, pane: Pane, glyphs: Glyphs) -> None:
        super().__init__(id=pane.name, classes="pane")
        self.pane = pane
        self.table = RowTable(pane, glyphs)
        self._order = Order(pane.sort, pane.descending)
        self._header = ""
        self._top = Line(id=f"{pane.name}-header", separator=_SEPARATOR)
        self._legend = Line(id=f"{pane.name}-legend", separator="  ")

    def compose(self) -> ComposeResult:
        """Stack header, rows and legend."""
        yield self._top
        yield self.table
        yield self._legend

    def on_mount(self) -> None:
        """Show what is known without data."""
        self._show_title()
        self._show_legend()

    @property
    def shown(self) -> Shown:
        """Say what a Report must hold for this pane."""
        return Shown(self.pane.name, self._order.field, self._order.descending)

    def show_report(self, report: Report, header: str) -> None:
        """Show the pane's rows and its line of numbers."""
        self.table.show_placeholder(self.pane.empty)
        self.table.show_table(report.tables[self.pane.name], self._order)
        if header != self._header:
            self._header = header
            self._show_title()

    @on(RowTable.Sorted)
    def reorder(self, event: RowTable.Sorted) -> None:
        """Remember the order asked for, and ask for rows in it."""
        event.stop()
        self._order = event.order
        self.post_message(self.Reordered())

    def on_resize(self) -> None:
        """Say as much in the frame as there is room for."""
        self._show_title()

    def _show_title(self) -> None:
        numbers = [
            Part(text, "muted", rank)
            for rank, text in enumerate(filter(None, self._header.split(_SEPARATOR)))
        ]
        self._top.show(numbers)
        self._top.set_class(not numbers, "-empty")
        name = f"{self.pane.key} {self.pane.title}"
        room = self.size.width - _FRAME - len(name)
        fitting = fit_parts(numbers, room, _SEPARATOR) if numbers and room > 0 else ()
        words = f"{name}  {_SEPARATOR.join(part.text for part in fitting)}".rstrip()
        self.border_title = words.replace("[", "\\[")

    def _show_legend(self) -> None:
        from netinspect.model import STATE_LETTERS

        barred = any(column.kind is Kind.STATES for column in self.pane.columns)
        self._legend.set_class(not barred, "-empty")
        if barred:
            last = len(_TELLING)
            order = {name: place for place, name in enumerate(_TELLING)}
            states = sorted(STATE_LETTERS, key=lambda state: order.get(state.name, last))
            words = (f"{STATE_LETTERS[s]} {s.name.lower().replace('_', '-')}" for s in states)
            self._legend.show(Part(text, "muted", rank) for rank, text in enumerate(words))
