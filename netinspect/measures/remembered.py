"""What several panes and rules measure of the same Sample or Window is measured once.

The same is the same object: Samples, Windows and tables do not compare by value. Nobody may write
to a result that is remembered. It keeps its Sample in memory, so few are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from netinspect.model import Sample, SocketTable, Window

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_FEW = 1_000
"""Sockets. What is measured of few is remembered apart: rows that went are shown from Samples of
their own, and must not push out the large one beside them, which is dear to measure again."""


def per_sample(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Remember what a function makes of the Sample of now, and of the one before."""
    return _remember(function, most=2)


def per_window(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Remember what a function makes of the newest Window."""
    return _remember(function, most=1)


def _remember(
    function: Callable[_Parameters, _Result], most: int
) -> Callable[_Parameters, _Result]:
    of_few: Callable[..., _Result] = lru_cache(maxsize=most)(function)
    of_many: Callable[..., _Result] = lru_cache(maxsize=most)(function)

    @wraps(function)
    def remembered(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        return (of_few if _size(arguments[0]) <= _FEW else of_many)(*arguments, **named)

    return remembered


def _size(of: object) -> int:
    if isinstance(of, Window):
        of = of.now
    if isinstance(of, Sample):
        of = of.sockets
    return len(of) if isinstance(of, SocketTable) else 0
