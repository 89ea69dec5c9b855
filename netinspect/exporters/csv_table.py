"""A pane as CSV with a header line.

Text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
against CSV injection. Numbers stay numbers. What is not known is an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from netinspect.exporters.table_rows import only_table, read_rows, table_fields
from netinspect.model import Value
from netinspect.parts import Paper, Report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_PER_PIECE = 1000


class CsvTable:
    """RFC 4180 quoting; lines end in LF."""

    name = "csv"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        table = only_table(report)
        fields = table_fields(table)
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(fields)
        for count, values in enumerate(read_rows(table, fields), 1):
            writer.writerow(map(_cell, values))
            if count % _LINES_PER_PIECE == 0:
                yield _taken(buffer)
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "backslashreplace")


def _cell(value: Value) -> str | int | float:
    """Write owners as name[pid]:fd and states as STATE=count, each separated by blanks."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, tuple):
        return _harmless(" ".join(f"{o.process or ''}[{o.pid}]:{_fd(o.fd)}" for o in value))
    return " ".join(f"{state}={count}" for state, count in value.items())


def _fd(fd: int | None) -> str:
    return "" if fd is None else str(fd)


def _harmless(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


EXPORTER = CsvTable()
