"""Rows in order, and rows that went of late between those that are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netinspect.parts import RankedRows, Rows

_Values = NDArray[np.float64] | NDArray[np.str_]


def order_rows(rows: Rows, field: str, descending: bool) -> NDArray[np.int64]:
    """Put rows in order: stable, and what is not known comes last whatever the direction."""
    return np.argsort(_ranks(rows.sort_values(field), descending), kind="stable")


def place_among(
    rows: Rows, order: NDArray[np.int64], others: Sequence[Rows], field: str, descending: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put other rows of a pane in order, and tell where they belong between rows in theirs.

    Returns the places of the others in `others` and, for each, the position in `order` it precedes.
    """
    ranks = _ranks(_joint_values(rows, others, field), descending)
    own, foreign = ranks[: len(rows)][order], ranks[len(rows) :]
    sequence = np.argsort(foreign, kind="stable")
    return sequence, np.searchsorted(own, foreign[sequence], "right")


def _joint_values(rows: Rows, others: Sequence[Rows], field: str) -> _Values:
    if isinstance(rows, RankedRows):
        return rows.sort_values_among(field, others)
    values = [each.sort_values(field) for each in (rows, *others)]
    if any(some.dtype.kind == "U" for some in values):
        # Where no value is known, they come as numbers.
        return np.concatenate([_texts(some) for some in values])
    return np.concatenate([some.astype(np.float64) for some in values])


def _texts(values: _Values) -> NDArray[np.str_]:
    if values.dtype.kind == "U":
        return values.astype(np.str_)
    return np.full(len(values), "", np.str_)


def _ranks(values: _Values, descending: bool) -> NDArray[np.float64]:
    if values.dtype.kind == "U":
        distinct, rank = np.unique(values, return_inverse=True)
        ranks = np.where(distinct == "", np.nan, np.arange(len(distinct)))[rank]
    else:
        ranks = values.astype(np.float64, copy=False)
    return -ranks if descending else ranks
