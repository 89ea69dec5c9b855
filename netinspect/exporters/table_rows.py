"""The rows of a table in their order, as values, a thousand at a time where that is possible."""

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


def read_rows(table: Table, fields: Sequence[str]) -> Iterator[tuple[Value, ...]]:
    """Yield these fields of every row."""
    rows = table.rows
    if isinstance(rows, BulkRows):
        for start in range(0, len(table.order), _CHUNK):
            yield from rows.read_values(table.order[start : start + _CHUNK], fields)
        return
    places = [rows.fields.index(name) for name in fields]
    for index in table.order.tolist():
        values = rows.row(index).values
        yield tuple(values[place] for place in places)
