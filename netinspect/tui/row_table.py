"""The table widget of every pane: formats what is visible, repaints what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from netinspect.tui.columns import MARGIN, Fitted, fit_columns
from netinspect.tui.row_painter import COMPONENT_CLASSES, DEFAULT_CSS, RowPainter, is_quantity
from netinspect.tui.viewport import Viewport

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.model import Row, RowKey
    from netinspect.parts import Pane, Table


@dataclass(frozen=True, slots=True)
class Order:
    """What a table is sorted by."""

    field: str
    descending: bool


class RowTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of one pane with a fixed header.

    Works on any number of rows: only those on screen are built and formatted, and a line is sent
    to the terminal only when it differs from what is there.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENT_CLASSES
    DEFAULT_CSS = DEFAULT_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "row up", show=False, id="row.up"),
        Binding("down,j", "move(1)", "row down", show=False, id="row.down"),
        Binding("pageup", "page(-1)", "page up", show=False, key_display="pgup", id="row.page_up"),
        Binding(
            "pagedown", "page(1)", "page down", show=False, key_display="pgdn", id="row.page_down"
        ),
        Binding("home,g", "edge(False)", "first row", show=False, id="row.first"),
        Binding("end,G", "edge(True)", "last row", show=False, id="row.last"),
        Binding("enter", "open", "open", id="row.open"),
        Binding("i", "details", "details", id="row.details"),
        Binding("s", "sort", "sort", id="row.sort"),
        Binding("S", "reverse", "reverse", show=False, id="row.reverse"),
        Binding("space", "mark", "mark", id="row.mark"),
        Binding("f", "follow", "follow", id="row.follow"),
        Binding("c", "copy", "copy", id="row.copy"),
    ]

    @dataclass
    class Opened(Message):
        """The user wants to see what is behind a row; details: the row itself, whole."""

        pane: Pane
        row: Row
        details: bool = False

    @dataclass
    class Sorted(Message):
        """The user wants another order."""

        table: RowTable
        order: Order

    @dataclass
    class Copied(Message):
        """The user wants these rows as text."""

        pane: Pane
        rows: tuple[Row, ...]

    @dataclass
    class Scrolled(Message):
        """Other rows are on screen."""

        table: RowTable

        def can_replace(self, message: Message) -> bool:
            """Only the newest position matters."""
            return isinstance(message, RowTable.Scrolled) and message.table is self.table

    def __init__(self, pane: Pane, glyphs: Glyphs) -> None:
        super().__init__(id=f"{pane.name}-rows")
        self.pane = pane
        self.view = Viewport()
        self.order = Order(pane.sort, pane.descending)
        self._placeholder = ""
        self._painter = RowPainter(self, glyphs)
        self._lines: list[Strip] = []
        self._drawn: tuple[object, ...] = ()  # what _lines depend on besides the rows

    # data

    def show_table(self, table: Table, order: Order) -> None:
        """Take over new rows."""
        self.order = order
        self.view.replace(table)
        self._settle()

    def show_placeholder(self, text: str) -> None:
        """Say this where there are no rows yet."""
        self._placeholder = text
        self._update()

    def select(self, key: RowKey | None) -> None:
        """Put the cursor on the row with this key, or on the first one."""
        self.view.select(key)
        self._settle()

    @property
    def visible_rows(self) -> tuple[Row, ...]:
        """Return the rows on screen, from the top."""
        view = self.view
        last = min(view.top + view.height, len(view))
        return tuple(view.row(position) for position in range(view.top, last))

    @property
    def fitted(self) -> tuple[Fitted, ...]:
        """Return the columns on screen."""
        return fit_columns(self.pane.columns, self.size.width - MARGIN)

    def position_text(self) -> str:
        """Say which rows are on screen, of how many."""
        view = self.view
        last = view.count(view.top + view.height)
        return f"{view.count(view.top) + 1:,}–{last:,} of {view.count(len(view)):,}" if last else ""

    # keys

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._move_to(self.view.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by screens."""
        self._move_to(self.view.cursor + pages * max(1, self.view.height - 1))

    def action_edge(self, last: bool) -> None:
        """Move the cursor to the first or last row."""
        self._move_to(len(self.view) - 1 if last else 0)

    def action_open(self) -> None:
        """Open what is behind the row."""
        self._post_row(details=False)

    def action_details(self) -> None:
        """Show the row whole."""
        self._post_row(details=True)

    def action_sort(self) -> None:
        """Sort by the next visible column."""
        names = [fitted.column.name for fitted in self.fitted]
        at = names.index(self.order.field) if self.order.field in names else -1
        self.sort_by(names[(at + 1) % len(names)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self.post_message(self.Sorted(self, Order(self.order.field, not self.order.descending)))

    def sort_by(self, field: str) -> None:
        """Sort by a field: numbers from the greatest down, names from A up."""
        self.post_message(self.Sorted(self, Order(field, is_quantity(field))))

    def action_mark(self) -> None:
        """Mark the row, and go to the next."""
        self.view.toggle_mark()
        self._painter.forget()
        self.action_move(1)

    def action_follow(self) -> None:
        """Keep the row under the cursor where it is on screen, or stop doing so."""
        self.view.follow = not self.view.follow
        self.action_move(0)
        self.notify("following the row" if self.view.follow else "no longer following", timeout=2)

    def action_copy(self) -> None:
        """Copy the marked rows, or the one under the cursor."""
        view = self.view
        rows = tuple(view.marked_rows()) or ((row,) if (row := view.current()) else ())
        if rows:
            self.post_message(self.Copied(self.pane, rows))

    # screen

    def render_line(self, y: int) -> Strip:
        """Return a line as it was last drawn."""
        if self._drawn != self._basis():
            self._draw()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width)

    def on_resize(self, event: Resize) -> None:
        """Fit rows and columns to the new size."""
        self.view.height = max(0, event.size.height - 1)
        self.view.show_cursor()
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the scrollbar and the wheel."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        self.view.scroll(round(new_value))
        self._update()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor only where keys go."""
        super().watch_has_focus(has_focus)
        self._update()

    def notify_style_update(self) -> None:
        """Draw again in the new colours."""
        super().notify_style_update()
        self._painter.forget()
        self._drawn = ()

    def on_click(self, event: Click) -> None:
        """Sort by a clicked title, go to a clicked row, open it on a double click."""
        if event.y == 0:
            column = next((f.column for f in reversed(self.fitted) if f.left <= event.x), None)
            if column is not None:
                self.action_reverse() if column.name == self.order.field else self.sort_by(
                    column.name
                )
        elif (position := self.view.top + event.y - 1) < len(self.view):
            self._move_to(position)
            if event.chain == 2:
                self.action_open()

    # drawing

    def _move_to(self, position: int) -> None:
        self.view.move(position)
        self._settle()

    def _settle(self) -> None:
        """Bring the scrollbar in line with the viewport, then repaint what changed."""
        self.virtual_size = Size(self.size.width, len(self.view) + 1)
        self.set_reactive(ScrollView.scroll_target_y, self.view.top)
        if round(self.scroll_y) != self.view.top:
            self.scroll_y = self.view.top
        self._update()

    def _update(self) -> None:
        if not self.is_attached or not self.size:
            return
        before = self._lines
        self._draw()
        width = self.size.width
        for y, line in enumerate(self._lines):
            if y >= len(before) or line != before[y]:
                self.refresh(Region(0, y, width, 1))
        self.post_message(self.Scrolled(self))

    def _basis(self) -> tuple[object, ...]:
        return self.scrollable_content_region.size, self.view.top, self.has_focus

    def _draw(self) -> None:
        self._drawn = self._basis()
        width, height = self.scrollable_content_region.size
        self._lines = self._painter.lines(width, height, self._placeholder)

    def _post_row(self, *, details: bool) -> None:
        row = self.view.current()
        if row is not None:
            self.post_message(self.Opened(self.pane, row, details))


def visible_values(rows: Sequence[Row], fields: Sequence[str], name: str) -> list[object]:
    """Return one field of some rows; empty where the pane does not have it."""
    if name not in fields:
        return []
    at = fields.index(name)
    return [row.values[at] for row in rows]
