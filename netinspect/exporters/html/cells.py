"""One cell of a table: the text of the text table, a bar where it has one, the exact value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from netinspect.cells import UNICODE, base_style, full_text
from netinspect.cells.glyphs import state_style
from netinspect.cells.meter import meter_style
from netinspect.exporters.html.bars import meter_bar, series_bar, state_bar, state_counts
from netinspect.exporters.html.markup import Markup, tag
from netinspect.fields import Kind
from netinspect.model import Row, Series, Value
from netinspect.parts import Column

LONG = 32
"""Characters beyond which text is broken into lines."""

_WORDS = frozenset({Kind.TEXT, Kind.STATE, Kind.STATES, Kind.ADDRESS, Kind.FLAG, Kind.OWNERS})
_UNITS = {
    Kind.BYTES: "bytes",
    Kind.RATE: "per second",
    Kind.BYTE_RATE: "bytes per second",
    Kind.SECONDS: "s",
    Kind.MILLISECONDS: "ms",
    Kind.MICROSECONDS: "us",
}


def is_number(column: Column) -> bool:
    """Tell whether a column holds numbers, which stand to the right."""
    return column.kind not in _WORDS


def cell(
    column: Column, values: tuple[Value, ...], *, heads_row: bool = False, link: str | None = None
) -> Markup:
    """Write a cell of a column. values: of the column's fields. link: where its words lead."""
    name = "th" if heads_row else "td"
    scope = "row" if heads_row else None
    text = full_text(column, column.fields, Row(0, values), UNICODE)
    if column.kind is Kind.STATES:
        return _states_cell(values[0], text)
    if isinstance(values[0], Series):
        return tag(name, series_bar(values[0]), class_="n", scope=scope, data_v=values[0].change)
    if not is_number(column):
        words = tag("a", text, href=link) if link else text
        return tag(name, words, class_=_text_class(column, values, text), scope=scope)
    numbers = cast("tuple[float | None, ...]", values)
    used = numbers[0]
    is_meter = len(numbers) > 1
    look = meter_style(used, numbers[1]) if is_meter else "plain"
    if look == "plain" and not used and column.kind is not Kind.ID:
        look = "muted"  # so that what is there stands out
    return tag(
        name,
        tag("div", meter_bar(used, numbers[1]), text, class_="meter") if is_meter else text,
        class_="n" if look == "plain" else f"n {look}",
        scope=scope,
        data_v=used,
        title=None if is_meter else exact_text(column.kind, used),
    )


def exact_text(kind: Kind, value: float | None) -> str | None:
    """Write a number with all its digits; None where the cell shows them."""
    if value is None or kind in (Kind.ID, Kind.NUMBER):
        return None
    if kind is Kind.PERCENT:
        return f"{value * 100:.6g} %"
    return f"{value:,} {_UNITS[kind]}" if kind in _UNITS else None


def _states_cell(value: Value, text: str) -> Markup:
    counts = cast("Mapping[str, int] | None", value)
    if not counts or not any(counts.values()):
        return tag("td", text, class_="s muted")
    letters = tag("span", state_counts(counts), aria_hidden="true")
    return tag("td", state_bar(counts, text), letters, class_="s")


def _text_class(column: Column, values: tuple[Value, ...], text: str) -> str | None:
    if all(value is None for value in values):
        return "muted"
    if column.kind is Kind.STATE:
        style = base_style(state_style(str(values[0])))
        return None if style == "plain" else style
    if column.kind is Kind.ADDRESS:
        return "a"
    return "w" if len(text) > LONG else None
