"""Two moments → what is not the same: host, findings, listeners, processes, connections, settings.

A value that either side does not know is no change. What moves on any host, such as sockets that
come and go, counts only from a size on: see `notable.py`.
"""

from __future__ import annotations

from netinspect.changes.changes import Change, Changes, Difference, Section, Side, Turn
from netinspect.changes.compare import compare
from netinspect.changes.pair import View

__all__ = ["Change", "Changes", "Difference", "Section", "Side", "Turn", "View", "compare"]
