"""`netinspect ephemeral`: the pane of that name as a table."""

from __future__ import annotations

from netinspect.commands.pane_table import PaneCommand

COMMAND = PaneCommand(
    "ephemeral", "local ports used towards each destination, and how many are left"
)
