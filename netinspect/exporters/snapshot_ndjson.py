"""The sockets of one moment as JSON objects, one a line: for programs that read line by line."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.ndjson_table import json_lines
from netinspect.exporters.sample_objects import SOCKET_FIELDS, socket_rows
from netinspect.parts import Paper, Report


class SnapshotNdjson:
    """No head and no tail: what is not about a single socket is left out."""

    name = "ndjson"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        for columns in socket_rows(report.window):
            yield json_lines(SOCKET_FIELDS, columns)


EXPORTER = SnapshotNdjson()
