"""`netinspect ports`: the pane of that name as a table."""

from __future__ import annotations

from netinspect.commands.pane_table import PaneCommand

COMMAND = PaneCommand("ports", "service ports: listeners, accept queues, drops, who is connected")
