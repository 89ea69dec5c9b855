"""The cursor, the page and the marks stay with their rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netinspect.model import Age, Row
from netinspect.parts import GoneRows, RowList, Table
from netinspect.tui.viewport import Viewport
from tests.tui.fakes import FakePane, NumberPane, NumberRows


def table_of(*keys: int) -> Table:
    rows = RowList(("pid",), [Row(key, (key,)) for key in keys])
    return Table(FakePane(), rows, np.arange(len(keys)))


def viewport(*keys: int, height: int = 3) -> Viewport:
    view = Viewport()
    view.height = height
    view.replace(table_of(*keys))
    return view


def test_cursor_stays_on_its_row_when_the_order_changes() -> None:
    view = viewport(1, 2, 3, 4)
    view.move(1)

    view.replace(table_of(4, 3, 2, 1))

    assert view.cursor == 2
    assert view.key == 2


def test_cursor_that_was_never_moved_stays_on_the_first_row() -> None:
    view = viewport(1, 2, 3)

    view.replace(table_of(3, 2, 1))

    assert view.cursor == 0
    row = view.current()
    assert row is not None
    assert row.key == 3


def test_cursor_of_a_vanished_row_goes_to_the_row_that_took_its_place() -> None:
    view = viewport(1, 2, 3, 4)
    view.move(1)

    view.replace(table_of(1, 3, 4))

    assert view.cursor == 1
    assert view.key == 3


def test_cursor_survives_that_all_rows_vanish() -> None:
    view = viewport(1, 2, 3)
    view.move(2)

    view.replace(table_of())
    view.replace(table_of(7, 8))

    assert view.cursor == 0
    assert view.top == 0


def test_rows_that_arrive_above_do_not_push_the_page() -> None:
    view = viewport(10, 11, 12, 13, 14, 15)
    view.scroll(2)

    view.replace(table_of(8, 9, 10, 11, 12, 13, 14, 15))

    assert view.top == 4
    assert view.row(view.top).key == 12


def test_page_at_the_top_stays_at_the_top() -> None:
    view = viewport(10, 11, 12, 13)

    view.replace(table_of(8, 9, 10, 11, 12, 13))

    assert view.top == 0


def test_page_does_not_run_after_a_row_that_was_sorted_elsewhere() -> None:
    keys = list(range(40))
    view = viewport(*keys)
    view.scroll(5)

    view.replace(table_of(*(key for key in keys if key != 5), 5))

    assert view.top == 5


def test_follow_keeps_the_row_on_its_screen_line() -> None:
    keys = list(range(40))
    view = viewport(*keys, height=10)
    view.move(4)
    view.follow = True

    view.replace(table_of(*(key for key in keys if key != 4), 4))

    assert view.key == 4
    assert view.cursor == 39
    assert view.cursor - view.top <= 9

    view.replace(table_of(*keys))

    assert view.cursor == 4
    assert view.top == 0


def test_marks_stay_with_their_rows() -> None:
    view = viewport(1, 2, 3)
    view.move(1)
    view.toggle_mark()

    view.replace(table_of(3, 2, 1))

    assert [row.key for row in view.marked_rows()] == [2]


def test_moving_past_the_ends_stops_at_the_ends() -> None:
    view = viewport(1, 2, 3, 4, 5)

    view.move(99)
    assert (view.cursor, view.top) == (4, 2)

    view.move(-7)
    assert (view.cursor, view.top) == (0, 0)


def test_a_million_rows_cost_only_the_visible_ones() -> None:
    rows = NumberRows(1_000_000)
    view = Viewport()
    view.height = 20
    view.replace(Table(NumberPane(), rows, np.arange(1_000_000)))

    view.move(999_999)
    view.replace(Table(NumberPane(), rows, np.arange(1_000_000)))

    assert view.top == 999_980
    assert rows.built < 10


def test_cursor_stays_on_a_row_that_went_and_moves_when_it_is_forgotten() -> None:
    view = viewport(1, 2, 3)
    view.move(1)
    went = Row(2, (2,), age=Age.GONE)
    table = replace(table_of(1, 3), gone=GoneRows(RowList(("pid",), [went]), np.array([0, -1, 1])))

    view.replace(table)

    assert view.current() == went
    assert (len(view), view.count(3)) == (3, 2)

    view.replace(table_of(1, 3))

    assert view.cursor == 1
    assert view.key == 3
