"""Rows → Strips: what a table looks like, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from netinspect.fields import FIELDS, Kind
from netinspect.tui.columns import GUTTER, Fitted

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.model import Row
    from netinspect.parts import Column
    from netinspect.tui.row_table import RowTable

COMPONENT_CLASSES = {
    f"row-table--{name}"
    for name in ("header", "cursor", "plain", "strong", "muted", "good", "warning", "critical")
}
DEFAULT_CSS = """
RowTable { overflow-x: hidden; overflow-y: auto; }
RowTable > .row-table--header { text-style: bold; }
RowTable > .row-table--cursor { text-style: reverse; }
RowTable > .row-table--strong { text-style: bold; }
RowTable > .row-table--muted { text-style: dim; }
RowTable > .row-table--warning { color: $warning; }
RowTable > .row-table--critical { color: $error; text-style: bold; }
"""
_LEFT_ALIGNED = {Kind.TEXT, Kind.STATE, Kind.STATES, Kind.OWNERS, Kind.ADDRESS, Kind.FLAG}
_SEVERITY_STYLES = {"INFO": "muted", "WARNING": "warning", "CRITICAL": "critical"}
_TEXTUAL_ORDER = _LEFT_ALIGNED | {Kind.ID}


def is_quantity(field: str) -> bool:
    """Tell whether the greatest value is the one to see first."""
    return FIELDS[field].kind not in _TEXTUAL_ORDER


class RowPainter:
    """Draws the visible lines of one table.

    A line that was drawn for the same table at the same width is not formatted again.
    """

    def __init__(self, table: RowTable, glyphs: Glyphs) -> None:
        self._table = table
        self._glyphs = glyphs
        self._cache: dict[tuple[object, ...], Strip] = {}
        self._cached_for: tuple[object, ...] = ()

    def lines(self, width: int, height: int, placeholder: str) -> list[Strip]:
        """Draw header and visible rows; where there are none, the placeholder alone."""
        view = self._table.view
        if not len(view):
            return [self._text(line, width) for line in _wrap(placeholder, width)[:height]]
        fitted = self._table.fitted
        self._forget_others(view.table, width)
        last = min(view.top + height - 1, len(view))
        rows = (self._row(position, fitted, width) for position in range(view.top, last))
        return [self._header(fitted, width), *rows]

    def forget(self) -> None:
        """Draw all again: colours changed."""
        self._cache.clear()

    def _forget_others(self, *basis: object) -> None:
        if self._cached_for != basis:
            self._cached_for = basis
            self._cache.clear()

    def _header(self, fitted: Sequence[Fitted], width: int) -> Strip:
        text = ""
        for column, left, cells in fitted:
            start, title = self._title(column, left, cells)
            text = f"{text:<{start}}"[:start] + title
        style = self._style("header")
        return self._strip([Segment(text, style)], width, style)

    def _title(self, column: Column, left: int, cells: int) -> tuple[int, str]:
        """Return where a title begins, and the title; the arrow goes before it, into the gap."""
        order = self._table.order
        arrow = ""
        if column.name == order.field:
            arrow = self._glyphs.down if order.descending else self._glyphs.up
        title = column.title[:cells]
        start = left if column.kind in _LEFT_ALIGNED else left + cells - len(title)
        return start - len(arrow), arrow + title

    def _row(self, position: int, fitted: Sequence[Fitted], width: int) -> Strip:
        view = self._table.view
        under_cursor = self._table.has_focus and position == view.cursor
        known = position, under_cursor
        if known not in self._cache:
            self._cache[known] = self._draw(view.row(position), fitted, width, under_cursor)
        return self._cache[known]

    def _draw(self, row: Row, fitted: Sequence[Fitted], width: int, under_cursor: bool) -> Strip:
        from netinspect.cells import base_style, cell_spans

        segments = list(self._gutter(row))
        is_gone = row.age.name == "GONE"
        fields = self._table.pane.fields
        at = GUTTER
        for column, left, cells in fitted:
            segments.append(Segment(" " * (left - at), self._style("plain")))
            for span in cell_spans(column, fields, row, cells, self._glyphs):
                style = "muted" if is_gone else base_style(span.style)
                segments.append(Segment(span.text, self._style(style)))
            at = left + cells
        plain = self._style("plain")
        if under_cursor:
            plain = self._style("cursor")
            segments = [
                segment if self._is_bar(segment.text) else Segment(segment.text, plain)
                for segment in segments
            ]
        return self._strip(segments, width, plain)

    def _is_bar(self, text: str) -> bool:
        """Tell whether text is drawn, not written: reversed, a full bar would look empty."""
        glyphs, characters = self._glyphs, set(text.strip())
        if not characters:
            return False
        bar = {*glyphs.full, *glyphs.parts, *glyphs.empty}
        return characters <= bar or (not text.isascii() and characters <= {*glyphs.spark, " "})

    def _gutter(self, row: Row) -> Iterable[Segment]:
        """Draw severity and mark; whether the row came or went, where one of them is free.

        The severity's cell first: right before an address a "-" would look like part of it.
        """
        view = self._table.view
        findings = view.findings(self._table.pane.name, row)
        severity = findings[0].severity if findings else None
        age = self._age_glyph(row)
        glyph = age if severity is None else getattr(self._glyphs, severity.name.lower())
        style = "strong" if severity is None else _SEVERITY_STYLES[severity.name]
        yield Segment(glyph, self._style(style))
        attached = view.table is not None and view.table.marks.has_attached(findings)
        other = age if severity is not None else " "
        mark = self._glyphs.mark if row.key in view.marks else other
        yield Segment(self._glyphs.attached if attached else mark, self._style("strong"))

    def _age_glyph(self, row: Row) -> str:
        return {"NEW": self._glyphs.came, "GONE": self._glyphs.went}.get(row.age.name, " ")

    def _text(self, line: str, width: int) -> Strip:
        style = self._style("muted")
        return self._strip([Segment(" " * GUTTER + line, style)], width, style)

    def _strip(self, segments: Iterable[Segment], width: int, fill: Style) -> Strip:
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, fill)

    def _style(self, name: str) -> Style:
        return self._table.get_component_rich_style(f"row-table--{name}")


def _wrap(text: str, width: int) -> list[str]:
    room = max(1, width - GUTTER - 1)
    return [line for paragraph in text.splitlines() for line in wrap(paragraph, room)]
