"""A pane as JSON objects, one row a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netinspect.exporters.json_values import json_rows
from netinspect.exporters.table_rows import only_table, read_columns, table_fields
from netinspect.model import Value
from netinspect.parts import Paper, Report


class NdjsonTable:
    """No head and no tail: lines only."""

    name = "ndjson"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        table = only_table(report)
        fields = table_fields(table)
        for columns in read_columns(table, fields):
            yield json_lines(fields, columns)


def json_lines(fields: Sequence[str], columns: list[list[Value]]) -> bytes:
    """Write each row as an object on a line of its own."""
    return "".join(row + "\n" for row in json_rows(fields, columns)).encode()


EXPORTER = NdjsonTable()
