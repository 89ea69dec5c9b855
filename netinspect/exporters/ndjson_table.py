"""A pane as JSON objects, one row a line."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.json_values import json_rows
from netinspect.exporters.table_rows import only_table, read_columns, table_fields
from netinspect.parts import Paper, Report


class NdjsonTable:
    """No head and no tail: lines only."""

    name = "ndjson"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        table = only_table(report)
        fields = table_fields(table)
        for columns in read_columns(table, fields):
            yield "".join(row + "\n" for row in json_rows(fields, columns)).encode()


EXPORTER = NdjsonTable()
