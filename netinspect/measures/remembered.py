"""What several panes and rules measure of the same Sample or Window is measured once.

The same is the same object: Samples, Windows and tables do not compare by value. Nobody may write
to a result that is remembered. It keeps its Sample in memory, so few are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def per_sample(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Remember what a function makes of the Sample of now, and of the one before."""
    return cast("Callable[_Parameters, _Result]", lru_cache(maxsize=2)(function))


def per_window(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Remember what a function makes of the newest Window."""
    return cast("Callable[_Parameters, _Result]", lru_cache(maxsize=1)(function))
