"""One cell of a table: picks how a column's values are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from netinspect.cells.glyphs import Glyphs, Span, state_style
from netinspect.cells.holder import holder_spans, holder_text
from netinspect.cells.meter import meter_spans, meter_text
from netinspect.cells.number import fitted_number, number_text
from netinspect.cells.sparkline import sparkline_spans, sparkline_text
from netinspect.cells.state_bar import state_spans, states_text
from netinspect.cells.width import cut, fit, text_width
from netinspect.fields import FIELDS, Kind
from netinspect.humanize import endpoint_text

if TYPE_CHECKING:
    from netinspect.model import Row, Series, Value
    from netinspect.parts import Column

_TEXTS = frozenset({Kind.TEXT, Kind.STATE, Kind.ADDRESS, Kind.FLAG})


class _Look(Enum):
    """The ways a cell is drawn."""

    HOLDERS = auto()
    STATES = auto()
    TEXT = auto()
    METER = auto()
    NUMBER = auto()
    SPARKLINE = auto()


class _Plan(NamedTuple):
    """How the cells of a column are drawn, and where their values are in a row."""

    look: _Look
    kind: Kind
    places: tuple[int, ...]


def cell_spans(
    column: Column, fields: tuple[str, ...], row: Row, width: int, glyphs: Glyphs
) -> tuple[Span, ...]:
    """Draw one cell: together the spans take exactly `width` cells.

    fields: the names of the row's values.
    """
    look, kind, places = _plan(column.fields, fields)
    values = [row.values[place] for place in places]
    first = values[0]
    if look is _Look.HOLDERS:
        return holder_spans(values, width, glyphs)
    if look is _Look.STATES:
        return state_spans(cast("Mapping[str, int] | None", first), width, glyphs)
    if look is _Look.TEXT:
        return (_text_span(kind, values, width, glyphs),)
    if look is _Look.METER:
        return meter_spans(kind, cast("list[float | None]", values), width, glyphs)
    if look is _Look.SPARKLINE:
        return sparkline_spans(cast("Series | None", first), width, glyphs)
    number = fitted_number(kind, cast("float | None", first), width, glyphs)
    # Zeros step back, so that what is there stands out; names such as a pid do not.
    return (Span(f"{number:>{width}}", "plain" if first or kind is Kind.ID else "muted"),)


def full_text(column: Column, fields: tuple[str, ...], row: Row, glyphs: Glyphs) -> str:
    """Write one cell with nothing cut."""
    look, kind, places = _plan(column.fields, fields)
    values = [row.values[place] for place in places]
    if look is _Look.HOLDERS:
        return holder_text(values, glyphs)
    if look is _Look.STATES:
        return states_text(cast("Mapping[str, int] | None", values[0]), glyphs)
    if look is _Look.TEXT:
        return _text(kind, values, glyphs)
    if look is _Look.SPARKLINE:
        return sparkline_text(cast("Series | None", values[0]), glyphs)
    numbers = cast("list[float | None]", values)
    if look is _Look.METER:
        return meter_text(kind, numbers, glyphs)
    return number_text(kind, numbers[0], glyphs)


@lru_cache(maxsize=256)
def _plan(shown: tuple[str, ...], fields: tuple[str, ...]) -> _Plan:
    kind = FIELDS[shown[0]].kind
    if any(FIELDS[name].kind is Kind.OWNERS for name in shown):
        look = _Look.HOLDERS
    elif kind is Kind.STATES:
        look = _Look.STATES
    elif kind is Kind.SERIES:
        look = _Look.SPARKLINE
    elif kind in _TEXTS:
        look = _Look.TEXT
    else:
        look = _Look.METER if len(shown) > 1 else _Look.NUMBER
    return _Plan(look, kind, tuple(fields.index(name) for name in shown))


def _text_span(kind: Kind, values: list[Value], width: int, glyphs: Glyphs) -> Span:
    if kind is Kind.ADDRESS and len(values) > 1:
        return Span(fit(_endpoint(values, width, glyphs), width, glyphs), _known_style(values))
    text = fit(_text(kind, values, glyphs), width, glyphs)
    if kind is Kind.STATE and isinstance(values[0], str):
        return Span(text, state_style(values[0]))
    return Span(text, _known_style(values))


def _known_style(values: list[Value]) -> str:
    return "plain" if any(value is not None for value in values) else "muted"


def _text(kind: Kind, values: list[Value], glyphs: Glyphs) -> str:
    """Write an endpoint, or the first value that is known."""
    if kind is Kind.ADDRESS and len(values) > 1 and values[0] is not None:
        return endpoint_text(str(values[0]), cast("int | None", values[1]))
    known = next((value for value in values if value is not None), None)
    if isinstance(known, bool):
        return "yes" if known else "no"
    return glyphs.unknown if known is None else str(known)


def _endpoint(values: list[Value], width: int, glyphs: Glyphs) -> str:
    """Write address:port; when it is too long the address is cut, never the port."""
    whole = _text(Kind.ADDRESS, values, glyphs)
    if text_width(whole) <= width or values[0] is None:
        return whole
    address, port = whole.rsplit(":", 1)
    room = width - len(port) - 1
    return f"{cut(address, room, glyphs)}:{port}" if room > 1 else cut(whole, width, glyphs)
