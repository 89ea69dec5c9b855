"""A pane as JSON objects, one row a line."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.json_values import json_value, to_json
from netinspect.exporters.table_rows import only_table, read_rows, table_fields
from netinspect.parts import Paper, Report


class NdjsonTable:
    """No head and no tail: lines only."""

    name = "ndjson"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document line by line."""
        table = only_table(report)
        fields = table_fields(table)
        for values in read_rows(table, fields):
            row = dict(zip(fields, map(json_value, values), strict=True))
            yield (to_json(row) + "\n").encode()


EXPORTER = NdjsonTable()
