"""One number as text, as long as there is room for."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.cells.glyphs import Glyphs
from netinspect.fields import Kind
from netinspect.humanize import (
    bytes_text,
    count_text,
    duration_text,
    percent_text,
    rate_text,
    short_count_text,
)

_SECONDS = {Kind.SECONDS: 1.0, Kind.MILLISECONDS: 1e-3, Kind.MICROSECONDS: 1e-6}


def number_text(kind: Kind, value: float | None, glyphs: Glyphs) -> str:
    """Write a number in full, as its kind wants it."""
    return glyphs.unknown if value is None else next(_texts(kind, value))


def fitted_number(kind: Kind, value: float | None, width: int, glyphs: Glyphs) -> str:
    """Write a number in at most `width` cells: short if need be, never cut within."""
    if value is None:
        return glyphs.unknown
    fitting = (text for text in _texts(kind, value) if len(text) <= width)
    return next(fitting, glyphs.ellipsis)


def _texts(kind: Kind, value: float) -> Iterator[str]:
    """Yield the ways to write it, the longest first."""
    if kind is Kind.NUMBER:
        yield count_text(value)
        yield short_count_text(value)
    elif kind is Kind.ID:
        yield str(value)
    elif kind in _SECONDS:
        yield duration_text(value * _SECONDS[kind])
    elif kind is Kind.PERCENT:
        yield percent_text(value)
    elif kind in (Kind.BYTES, Kind.BYTE_RATE):
        yield bytes_text(value)
    else:
        yield rate_text(value)
