"""A page of plain text over the screen: help, details, notes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class TextPage(VerticalScroll):
    """The scrolling part; also scrolls by the keys of a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", "up", show=False, id="page.up"),
        Binding("j", "scroll_down", "down", show=False, id="page.down"),
        Binding("space", "page_down", "page down", show=False, id="page.next"),
        Binding("g", "scroll_home", "first line", show=False, id="page.first"),
        Binding("G", "scroll_end", "last line", show=False, id="page.last"),
    ]


class TextScreen(ModalScreen[None]):
    """Text to read; any of the keys that lead away close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "close", "close", id="page.close"),
        Binding("c", "copy", "copy", id="page.copy"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay the page out: the text, and the keys in the frame."""
        with TextPage(id="page") as page:
            page.border_title = self._title.replace("[", "\\[")
            page.border_subtitle = "esc close  c copy"
            yield Static(self._text, markup=False)

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def action_copy(self) -> None:
        """Copy the whole page."""
        self.app.copy_to_clipboard(self._text)
        self.notify("sent to the terminal clipboard (OSC 52)", timeout=3)
