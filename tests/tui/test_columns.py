"""Columns leave by priority and never share a cell."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from netinspect.parts import Column
from netinspect.tui.columns import GUTTER, fit_columns

COLUMNS = (
    Column("PID", ("pid",), 7, 0),
    Column("NAME", ("process",), 10, 0, grow=True),
    Column("USER", ("user",), 8, 3),
    Column("FDS", ("fds",), 6, 2),
)


def titles(width: int) -> list[str]:
    return [fitted.column.title for fitted in fit_columns(COLUMNS, width)]


def test_all_columns_show_where_there_is_room() -> None:
    assert titles(80) == ["PID", "NAME", "USER", "FDS"]


def test_highest_priority_number_goes_first() -> None:
    assert titles(GUTTER + 7 + 10 + 8 + 6 + 3) == ["PID", "NAME", "USER", "FDS"]
    assert titles(GUTTER + 7 + 10 + 8 + 6 + 2) == ["PID", "NAME", "FDS"]
    assert titles(GUTTER + 7 + 10 + 6) == ["PID", "NAME"]


def test_priority_zero_stays_however_narrow() -> None:
    assert titles(5) == ["PID", "NAME"]


def test_growing_column_takes_what_is_left_over() -> None:
    fitted = fit_columns(COLUMNS, 100)

    assert fitted[-1].left + fitted[-1].width == 100
    assert fitted[1].width == 100 - GUTTER - 7 - 8 - 6 - 2 * 3


def test_what_is_missing_is_taken_from_the_widest() -> None:
    fitted = fit_columns(COLUMNS, GUTTER + 7 + 1 + 7)

    assert [column.width for column in fitted] == [7, 7]


@given(width=st.integers(1, 250))
def test_columns_never_touch(width: int) -> None:
    fitted = fit_columns(COLUMNS, width)

    for before, after in pairwise(fitted):
        assert before.left + before.width < after.left
