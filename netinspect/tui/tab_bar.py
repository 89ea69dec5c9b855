"""The panes by number, and which of them is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from netinspect.tui.line import Line, Part

if TYPE_CHECKING:
    from netinspect.parts import Pane


class TabBar(Line):
    """One row of tabs; a click goes to the pane."""

    def __init__(self) -> None:
        super().__init__(id="tabs", separator="")

    def show_tabs(self, panes: Iterable[Pane], active: str) -> None:
        """Show these panes, the active one in brackets."""
        self.show(_tab(pane, pane.name == active) for pane in panes)


def _tab(pane: Pane, active: bool) -> Part:
    words = f"{pane.key} {pane.title}"
    click = f"app.go('{pane.name}')"
    if active:
        return Part(f"[{words}]", "active", 0, click)
    return Part(f" {words} ", "plain", 1, click, short=f" {pane.key} ")
