"""Which rows of a table are on screen, and which is under the cursor: kept by row key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netinspect.finding import Finding
    from netinspect.model import Row, RowKey
    from netinspect.parts import Table


class Viewport:
    """The cursor, the first visible row and the marks of one table.

    Positions count in the order of the table. Until the user moves the cursor it stays on the first
    row, whichever that is; after that it stays on its row.
    """

    def __init__(self) -> None:
        self.table: Table | None = None
        self.height = 0  # rows that fit
        self.cursor = 0
        self.top = 0
        self.follow = False  # keep the cursor's row on its screen line
        self.marks: set[RowKey] = set()
        self._key: RowKey | None = None  # of the cursor's row

    def __len__(self) -> int:
        return 0 if self.table is None else len(self._lines)

    @property
    def key(self) -> RowKey | None:
        """The key of the row under the cursor, None where the user has not chosen one."""
        return self._key

    def row(self, position: int) -> Row:
        """Build the row at a position."""
        assert self.table is not None, "no table yet"
        line = int(self._lines[position])
        if line < 0 and self.table.gone is not None:
            return self.table.gone.rows.row(-1 - line)
        return self.table.rows.row(line)

    def count(self, positions: int) -> int:
        """Count the rows at the first so many positions; those that went do not count."""
        return int((self._lines[:positions] >= 0).sum()) if self.table else 0

    def marked_rows(self) -> Iterator[Row]:
        """Build the marked rows that still exist."""
        if self.table is not None:
            found = (self.table.rows.find(key) for key in self.marks)
            for index in sorted(index for index in found if index is not None):
                yield self.table.rows.row(index)

    def current(self) -> Row | None:
        """Return the row under the cursor."""
        return self.row(self.cursor) if len(self) else None

    def findings(self, pane: str, row: Row) -> tuple[Finding, ...]:
        """Return the findings on a row, the gravest first."""
        return () if self.table is None else self.table.marks.of_row(pane, row.key)

    def replace(self, table: Table) -> None:
        """Go over to new rows: cursor, marks and first visible row stay with their keys."""
        line = self.cursor - self.top
        first = self.row(self.top).key if self.top and len(self) else None
        self.table = table
        self._find_cursor()
        if self.follow:
            self.top = self.cursor - line
        elif first is not None:
            self._find_top(first)
        self._clamp()

    def move(self, position: int) -> None:
        """Put the cursor on a position and show it."""
        if len(self):
            self.cursor = max(0, min(position, len(self) - 1))
            self._key = self.row(self.cursor).key
            self.show_cursor()

    def select(self, key: RowKey | None) -> None:
        """Put the cursor on the row with this key, now or when it arrives; None: on the first."""
        self._key = key
        if key is None:
            self.cursor = self.top = 0
        elif self.table is not None and (position := self._position(key)) is not None:
            self.cursor = position
            self.show_cursor()

    def show_cursor(self) -> None:
        """Scroll as little as needed to have the cursor on screen."""
        if self.height:
            self.top = min(self.top, self.cursor)
            self.top = max(self.top, self.cursor - self.height + 1)
        self._clamp()

    def scroll(self, top: int) -> None:
        """Show other rows without moving the cursor."""
        self.top = top
        self._clamp()

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or unmark it."""
        row = self.current()
        if row is not None:
            self.marks ^= {row.key}

    def _find_cursor(self) -> None:
        position = self._position(self._key) if self._key is not None else None
        if position is not None:
            self.cursor = position
            return
        self.cursor = max(0, min(self.cursor, len(self) - 1))
        if self._key is not None and len(self):
            self._key = self.row(self.cursor).key

    def _find_top(self, key: RowKey) -> None:
        # Rows that came or went above must not push the page; a row that was re-sorted to another
        # place must not pull it there.
        position = self._position(key)
        if position is not None and abs(position - self.top) <= self.height:
            self.top = position

    def _position(self, key: RowKey) -> int | None:
        assert self.table is not None, "no table yet"
        line = self.table.rows.find(key)
        if line is None:
            line = self._gone_line(key)
        if line is None:
            return None
        found = (self._lines == line).nonzero()[0]
        return int(found[0]) if len(found) else None

    @property
    def _lines(self) -> NDArray[np.int64]:
        """What is on each line: an index of the table's rows, or -1 - i for the i-th gone one."""
        assert self.table is not None, "no table yet"
        return self.table.order if self.table.gone is None else self.table.gone.lines

    def _gone_line(self, key: RowKey) -> int | None:
        gone = self.table.gone if self.table else None
        found = gone.rows.find(key) if gone else None
        return None if found is None else -1 - found

    def _clamp(self) -> None:
        self.top = max(0, min(self.top, len(self) - self.height))
