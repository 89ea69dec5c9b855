"""Groups are what comparing the rows one by one would give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.measures.commonest import find_commonest
from netinspect.measures.grouping import group_rows

numbers = st.integers(0, 2**64 - 1) | st.integers(0, 3)


@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 65535), numbers)))
def test_rows_of_a_group_agree_and_groups_are_in_order(rows: list[tuple[int, ...]]) -> None:
    columns = [np.array([row[i] for row in rows], np.uint64) for i in range(4)]

    groups = group_rows(*columns)

    expected = sorted(set(rows))
    assert [expected.index(row) for row in rows] == groups.of_row.tolist()
    assert [rows[first] for first in groups.first.tolist()] == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5))))
def test_commonest_value_is_the_one_that_counting_finds(rows: list[tuple[int, int]]) -> None:
    group = np.array([row[0] for row in rows], np.int64)
    value = np.array([row[1] for row in rows], np.int64)

    found, times = find_commonest(group, value, 4)

    for number in range(4):
        mine = [v for g, v in rows if g == number]
        best = min(mine, key=lambda v: (-mine.count(v), v), default=-1)
        assert (found[number], times[number]) == (best, mine.count(best))


@pytest.mark.parametrize("values", [[True, True], [False, True], [False, False]])
def test_what_is_true_or_false_groups_too(values: list[bool]) -> None:
    groups = group_rows(np.array(values), np.array([5, 5]))

    assert len(groups) == len(set(values))
