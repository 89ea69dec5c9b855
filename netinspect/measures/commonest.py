"""The most frequent value of each group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.grouping import group_rows


def find_commonest(
    group: NDArray[np.int64], value: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each group its most frequent value and how often it occurs; -1 and 0 for none.

    Of values that are equally frequent the lowest wins.
    """
    pairs = group_rows(group, value)
    count = np.bincount(pairs.of_row, minlength=len(pairs))
    group_of, value_of = group[pairs.first], value[pairs.first]
    order = np.lexsort((-value_of, count, group_of))
    commonest, times = np.full(groups, -1, np.int64), np.zeros(groups, np.int64)
    commonest[group_of[order]] = value_of[order]  # the last one written is the most frequent
    times[group_of[order]] = count[order]
    return commonest, times
