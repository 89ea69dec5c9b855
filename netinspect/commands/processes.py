"""`netinspect processes`: the pane of that name as a table."""

from __future__ import annotations

from netinspect.commands.pane_table import PaneCommand

COMMAND = PaneCommand("processes", "processes: sockets by state, descriptors, throughput")
