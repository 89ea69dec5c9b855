"""What the command palette offers: everything a key does, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from netinspect.fields import FIELDS
from netinspect.tui.status import interval_text

if TYPE_CHECKING:
    from netinspect.tui.app import NetinspectApp


def palette_commands(app: NetinspectApp) -> Iterator[SystemCommand]:
    """List the commands that make sense now."""
    for view in app.deck.views:
        title = f"Go to {view.pane.title}"
        question, mark, _ = view.pane.help.partition("?")
        yield SystemCommand(title, question + mark, partial(app.action_go, view.pane.name))
    current = app.deck.current
    if current is not None:
        for column in current.pane.columns:
            field = FIELDS[column.name]
            run = partial(current.table.sort_by, field.name)
            yield SystemCommand(f"Sort by {field.name}", field.help, run)
    yield from starmap(SystemCommand, app.transport.commands())
    yield SystemCommand("Refresh now", "take a sample at once", app.action_refresh)
    for seconds in app.INTERVALS:
        words = f"Interval {interval_text(seconds)}"
        yield SystemCommand(words, "time between samples", partial(app.set_pace, seconds))
    yield SystemCommand("Notes", "what could not be read, and the remedy", app.action_notes)
    yield SystemCommand("Help", "keys, panes and marks", app.action_help)
    yield SystemCommand("Quit", "leave netinspect", app.action_quit)
