"""`netinspect sockets`: the pane of that name as a table."""

from __future__ import annotations

from netinspect.commands.pane_table import PaneCommand

COMMAND = PaneCommand("sockets", "sockets: states, queues, timers, owners; as ss shows them")
