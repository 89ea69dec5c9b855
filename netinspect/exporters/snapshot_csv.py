"""The sockets of one moment as CSV: for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.csv_table import csv_pieces
from netinspect.exporters.sample_objects import SOCKET_FIELDS, socket_rows
from netinspect.parts import Paper, Report


class SnapshotCsv:
    """A header line, then a socket a line: what is not about a single socket is left out."""

    name = "csv"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        return csv_pieces(SOCKET_FIELDS, socket_rows(report.window))


EXPORTER = SnapshotCsv()
