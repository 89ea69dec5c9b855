"""A pane as CSV with a header line.

Text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
against CSV injection. Numbers stay numbers. What is not known is an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from netinspect.exporters.table_rows import only_table, read_columns, table_fields
from netinspect.model import Series, Value
from netinspect.parts import Paper, Report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_AS_IT_IS = {int, float, type(None)}
_TEXT = {str, type(None)}


class CsvTable:
    """RFC 4180 quoting; lines end in LF."""

    name = "csv"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, many lines at a time."""
        table = only_table(report)
        fields = table_fields(table)
        return csv_pieces(fields, read_columns(table, fields))


def csv_pieces(fields: Sequence[str], chunks: Iterable[Sequence[list[Value]]]) -> Iterator[bytes]:
    """Write a header, then rows. chunks: columns of some rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(fields)
    yield _taken(buffer)
    for columns in chunks:
        writer.writerows(zip(*map(_cells, columns), strict=True))
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "backslashreplace")


def _cells(values: list[Value]) -> Sequence[Value]:
    """Prepare a column for the writer, which makes an empty cell of None."""
    kinds = set(map(type, values))
    if kinds <= _AS_IT_IS:
        return values
    if kinds <= _TEXT:
        cells = {value: _cell(value) for value in set(values)}
        return [cells[value] for value in values]
    return list(map(_cell, values))


def _cell(value: Value) -> Value:
    """Write owners as name[pid]:fd, states as STATE=count, a Series as numbers; blanks between."""
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, tuple):
        return _harmless(" ".join(f"{o.process or ''}[{o.pid}]:{_fd(o.fd)}" for o in value))
    if isinstance(value, Series):
        return " ".join("null" if number is None else str(number) for number in value.numbers)
    return " ".join(f"{state}={count}" for state, count in value.items())


def _fd(fd: int | None) -> str:
    return "" if fd is None else str(fd)


def _harmless(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


EXPORTER = CsvTable()
