"""The rows of a table in their order, as columns of values, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netinspect.model import Value
from netinspect.parts import BulkRows, Report, Table

_CHUNK = 4096


def only_table(report: Report) -> Table:
    """Return the table of a Report that was asked for one pane."""
    (table,) = report.tables.values()
    return table


def table_fields(table: Table) -> tuple[str, ...]:
    """Return the fields that a format for machines writes."""
    return table.pane.fields if table.fields is None else table.fields


def read_columns(table: Table, fields: Sequence[str]) -> Iterator[list[list[Value]]]:
    """Yield these fields of every row: for some rows all columns, then for the next rows."""
    rows = table.rows
    bulk = isinstance(rows, BulkRows)  # these know fields that their rows have not
    places = [] if bulk else [rows.fields.index(name) for name in fields]
    for start in range(0, len(table.order), _CHUNK):
        some = table.order[start : start + _CHUNK]
        if isinstance(rows, BulkRows):
            yield rows.read_columns(some, fields)
        else:
            values = [rows.row(index).values for index in some.tolist()]
            yield [[row[place] for row in values] for place in places]
