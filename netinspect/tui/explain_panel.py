"""The explanation beside the row it is about."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from netinspect.finding import Block, Explanation, FindingKey

_LABELS = {
    "What is seen": "SEEN",
    "Why it happens": "WHY",
    "What users see": "FELT",
    "How to confirm": "CHECK",
    "What to do": "DO",
    "What not to do": "DON'T",
    "When it is harmless": "FINE IF",
    "What would disprove it": "UNLESS",
    "Sources": "SOURCES",
}


class ExplainPanel(VerticalScroll):
    """Shows one explanation until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", key_display="esc", id="explain.close"),
        Binding("c", "copy", "copy commands", id="explain.copy"),
        Binding("k", "scroll_up", "up", show=False, id="explain.up"),
        Binding("j", "scroll_down", "down", show=False, id="explain.down"),
        Binding("g", "scroll_home", "first line", show=False, id="explain.first"),
        Binding("G", "scroll_end", "last line", show=False, id="explain.last"),
    ]

    @dataclass
    class Closed(Message):
        """The user has read enough."""

    def __init__(self) -> None:
        super().__init__(id="explain")
        self.key: FindingKey | None = None  # of the finding it is about; None = a plain row
        self.explanation: Explanation | None = None
        self._body = Static(markup=False)

    def compose(self) -> ComposeResult:
        """Hold the text."""
        yield self._body

    def show(self, explanation: Explanation, key: FindingKey | None) -> None:
        """Show an explanation and take the keys. key: of the finding it is attached to."""
        self.key, self.explanation = key, explanation
        title = " · ".join(filter(None, (explanation.code, explanation.subject)))
        self.border_title = title.replace("[", "\\[")
        at = explanation.at
        clock = time.strftime("%H:%M:%S", time.localtime(at)) if at is not None else ""
        words = f"attached {clock} · e detach" if key else f"as of {clock}"
        self.border_subtitle = f"{words} · c copy commands · esc close"
        self._body.update(_body(explanation))
        self.display = True
        self.scroll_home(animate=False)
        self.focus()

    def action_close(self) -> None:
        """Go back to the rows."""
        self.display = False
        self.post_message(self.Closed())

    def action_copy(self) -> None:
        """Copy the lines to confirm with."""
        if self.explanation is None:
            return
        blocks = (block for section in self.explanation.sections for block in section.blocks)
        commands = [block.text for block in blocks if block.kind.value == "command"]
        self.app.copy_to_clipboard("\n".join(commands))
        self.notify(f"{len(commands)} commands sent to the terminal clipboard (OSC 52)", timeout=3)


def _body(explanation: Explanation) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row("", Text(explanation.title, "bold"))
    for section in explanation.sections:
        label = _LABELS.get(section.heading, section.heading)
        for block in section.blocks:
            grid.add_row(Text(label, "bold"), _line(block))
            label = ""
    return grid


def _line(block: Block) -> Table | Text:
    if block.kind.value == "text":
        return Text(block.text)
    item = Table.grid(padding=(0, 1))
    item.add_column(width=1)
    item.add_column(ratio=1)
    if block.kind.value == "command":
        item.add_row("$", Text(block.text, "bold"))
    else:
        item.add_row("-", Text(block.text.replace("`", "")))
    return item
