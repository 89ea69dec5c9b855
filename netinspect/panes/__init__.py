"""Panes: Window → rows, one pane per file. A new one is its file and a line here."""

from __future__ import annotations

from netinspect.panes import anomalies, descriptors, ephemeral, ports, processes, sockets
from netinspect.parts import Pane

PANES: tuple[Pane, ...] = (
    anomalies.PANE,
    processes.PANE,
    sockets.PANE,
    ports.PANE,
    ephemeral.PANE,
    descriptors.PANE,
)
"""In the order of their keys."""
