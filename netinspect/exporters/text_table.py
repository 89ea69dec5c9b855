"""A pane as a table of text.

On a terminal it is cut to the terminal's width and may be coloured; elsewhere nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from netinspect.cells import ASCII, UNICODE, Glyphs, cell_spans, fit, full_text, text_width
from netinspect.exporters.colour import painted
from netinspect.exporters.table_rows import only_table, read_columns
from netinspect.fields import FIELDS, Kind
from netinspect.model import Row, Value
from netinspect.parts import Column, Paper, Report, Table

_GAP = "  "
_WIDTHS = {
    **{Kind.STATES: 24, Kind.OWNERS: 24, Kind.ADDRESS: 21, Kind.TEXT: 12, Kind.STATE: 11},
    Kind.SERIES: 24,
}
_LEFT = frozenset({*_WIDTHS, Kind.FLAG})


class TextTable:
    """A title line, then a line per row."""

    name = "table"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the lines."""
        for line in table_lines(only_table(report), paper):
            yield encode_line(line, paper)


def encode_line(line: str, paper: Paper) -> bytes:
    """Encode one line, without the blanks at its end."""
    return (line.rstrip() + "\n").encode("ascii" if paper.ascii else "utf-8", "backslashreplace")


def table_lines(table: Table, paper: Paper) -> Iterator[str]:
    """Write a table as lines, the titles first."""
    columns = shown_columns(table)
    if paper.width is None:
        return _whole_lines(table, columns, paper)
    return _fitted_lines(table, columns, paper)


def shown_columns(table: Table) -> tuple[Column, ...]:
    """Return the pane's columns, or one for each field the user chose.

    What a few Samples say of the past is not worth a column to those who did not ask for it.
    """
    if table.fields is None:
        return tuple(column for column in table.pane.columns if column.kind is not Kind.SERIES)
    return tuple(
        Column(name.upper(), (name,), max(len(name), _WIDTHS.get(FIELDS[name].kind, 9)), priority=0)
        for name in table.fields
    )


def fit_columns(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Choose the columns that fit, by priority, and give each its width."""
    kept = list(columns)
    while len(kept) > 1 and _spare(kept, width) < 0 and any(c.priority for c in kept):
        kept.remove(max(reversed(kept), key=lambda column: column.priority))
    spare = max(0, _spare(kept, width))
    grows = next((column for column in kept if column.grow), None)
    return [(column, column.width + (spare if column is grows else 0)) for column in kept]


def _spare(columns: Sequence[Column], width: int) -> int:
    return width - sum(column.width for column in columns) - len(_GAP) * (len(columns) - 1)


def _fitted_lines(table: Table, columns: Sequence[Column], paper: Paper) -> Iterator[str]:
    glyphs = paper_glyphs(paper)
    fitted = fit_columns(columns, paper.width or 80)
    yield _GAP.join(_title(column, width, glyphs) for column, width in fitted)
    fields = _needed_fields([column for column, _ in fitted])
    for row in _rows(table, fields):
        cells = (cell_spans(column, fields, row, width, glyphs) for column, width in fitted)
        yield _GAP.join(
            "".join(painted(span.text, span.style, paper.colour) for span in spans)
            for spans in cells
        )


def _whole_lines(table: Table, columns: Sequence[Column], paper: Paper) -> Iterator[str]:
    """Align by the first rows; a later cell that is wider moves the rest of its line."""
    glyphs = paper_glyphs(paper)
    fields = _needed_fields(columns)
    chunks = (
        [_texts(column, fields, chunk, glyphs) for column in columns]
        for chunk in read_columns(table, fields)
    )
    first: list[list[str]] = next(chunks, [[] for _ in columns])
    pads = [
        (max(map(text_width, {column.title, *texts})), column.kind not in _LEFT)
        for column, texts in zip(columns, first, strict=True)
    ]
    yield _GAP.join(_padded(column.title, *pad) for column, pad in zip(columns, pads, strict=True))
    for chunk in chain([first], chunks):
        cells = [_all_padded(texts, *pad) for texts, pad in zip(chunk, pads, strict=True)]
        yield from map(_GAP.join, zip(*cells, strict=True))


def _texts(
    column: Column, fields: tuple[str, ...], chunk: list[list[Value]], glyphs: Glyphs
) -> list[str]:
    """Write a column's cells; those of equal values, which are most, once."""
    rows = list(zip(*(chunk[fields.index(name)] for name in column.fields), strict=True))
    if column.kind is Kind.STATES:
        return [full_text(column, column.fields, Row(0, row), glyphs) for row in rows]
    texts = {row: full_text(column, column.fields, Row(0, row), glyphs) for row in set(rows)}
    return [texts[row] for row in rows]


def _needed_fields(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for column in columns for name in column.fields))


def _rows(table: Table, fields: tuple[str, ...]) -> Iterator[Row]:
    """Yield rows that have these fields only."""
    for columns in read_columns(table, fields):
        yield from (Row(0, values) for values in zip(*columns, strict=True))


def _title(column: Column, width: int, glyphs: Glyphs) -> str:
    return fit(column.title, width, glyphs, right=column.kind not in _LEFT)


def _padded(text: str, width: int, right: bool) -> str:
    if not text.isascii():
        width -= text_width(text) - len(text)
    return text.rjust(width) if right else text.ljust(width)


def _all_padded(texts: list[str], width: int, right: bool) -> list[str]:
    padded = {text: _padded(text, width, right) for text in set(texts)}
    return [padded[text] for text in texts]


def paper_glyphs(paper: Paper) -> Glyphs:
    """Return the characters that the paper can take."""
    return ASCII if paper.ascii else UNICODE


EXPORTER = TextTable()
