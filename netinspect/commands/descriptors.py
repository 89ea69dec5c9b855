"""`netinspect descriptors`: the pane of that name as a table."""

from __future__ import annotations

from netinspect.commands.pane_table import PaneCommand

COMMAND = PaneCommand("descriptors", "file descriptors of each process against its limits")
