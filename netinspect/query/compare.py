"""Numbers and names compared with the values of a term."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.query.syntax import Choice, Marked, Meaning, Network, Op, Pattern, Span, Term

Mask = NDArray[np.bool_]
_MOST_CHARACTERS = 1024
"""Of a name that is looked at: a regex takes more than twice the time for twice the text."""


def meanings_of(term: Term) -> list[Meaning]:
    """Return what all values of a term mean."""
    return [meaning for value in term.values for meaning in value.meanings]


def compare_numbers(column: NDArray[Any], op: Op, meanings: Sequence[Meaning]) -> Mask:
    """Compare a column with any of the values, whatever is known; for != with EQ."""
    if all(isinstance(one, Span) and one.low == one.high for one in meanings) and op is Op.EQ:
        return _is_one_of(column, [one.low for one in meanings if isinstance(one, Span)])
    mask = np.zeros(column.shape, np.bool_)
    for one in meanings:
        mask |= _compare_one(column, op, one)
    return mask


def _is_one_of(column: NDArray[Any], numbers: Sequence[int]) -> Mask:
    fitting = [number for number in numbers if _fits(column, number)]
    if len(fitting) == 1:
        equal: Mask = column == fitting[0]
        return equal
    return np.isin(column, np.array(fitting, column.dtype))


def _fits(column: NDArray[Any], number: int) -> bool:
    return column.dtype.kind == "f" or number <= np.iinfo(column.dtype).max


def _compare_one(column: NDArray[Any], op: Op, meaning: Meaning) -> Mask:
    if isinstance(meaning, Choice):
        # Columns of few values; UNKNOWN is none of them.
        return np.isin(column, np.array(sorted(meaning.numbers), np.int64))
    if isinstance(meaning, Marked):
        marked: Mask = (column & np.int64(meaning.mask)) == meaning.mark
        return marked
    assert isinstance(meaning, Span), "addresses and names are compared elsewhere"
    compared: Mask = _ORDER[op](column, meaning)
    return compared


_ORDER: dict[Op, Callable[[NDArray[Any], Span], Any]] = {
    Op.EQ: lambda column, span: (column >= span.low) & (column <= span.high),
    Op.NE: lambda column, span: (column < span.low) | (column > span.high),
    Op.GT: lambda column, span: column > span.high,
    Op.GE: lambda column, span: column >= span.low,
    Op.LT: lambda column, span: column < span.low,
    Op.LE: lambda column, span: column <= span.high,
}


def compare_addresses(
    high: NDArray[np.uint64], low: NDArray[np.uint64], network: Network
) -> Mask | None:
    """Compare addresses with a network; None = every address is in it."""
    mask: Mask | None = None
    for column, wanted, bits in (
        (high, network.address >> 64, min(network.prefix, 64)),
        (low, network.address & (1 << 64) - 1, max(network.prefix - 64, 0)),
    ):
        if bits == 64:
            same = column == np.uint64(wanted)
        elif bits:
            shift = np.uint64(64 - bits)
            same = column >> shift == np.uint64(wanted) >> shift
        else:
            continue
        mask = same if mask is None else mask & same
    return mask


def matcher(meanings: Sequence[Meaning]) -> Callable[[str], bool]:
    """Return what tells whether a name is meant by any of the patterns."""
    searches = [compiled(one.regex).search for one in meanings if isinstance(one, Pattern)]
    return lambda text: any(search(text[:_MOST_CHARACTERS]) for search in searches)


@lru_cache(maxsize=256)
def compiled(regex: str) -> re.Pattern[str]:
    """Compile a pattern; the same ones come with every Sample."""
    return re.compile(regex, re.IGNORECASE)
