"""A pane as one JSON document, schema netinspect.table/1."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.json_values import (
    coverage_object,
    host_object,
    json_rows,
    time_text,
    to_json,
)
from netinspect.exporters.table_rows import only_table, read_columns, table_fields
from netinspect.parts import Paper, Report

SCHEMA = "netinspect.table/1"


class JsonTable:
    """One document; a row per line, so that it can be read with line tools too."""

    name = "json"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document piece by piece."""
        table = only_table(report)
        fields = table_fields(table)
        head = {
            "schema": SCHEMA,
            "pane": table.pane.name,
            "taken_at": time_text(report.taken_at),
            "host": host_object(report.host),
            "coverage": coverage_object(report.coverage),
        }
        yield (to_json(head)[:-1] + ',"rows":[').encode()
        separator = "\n"
        for columns in read_columns(table, fields):
            yield (separator + ",\n".join(json_rows(fields, columns))).encode()
            separator = ",\n"
        yield b"\n]}\n"


EXPORTER = JsonTable()
