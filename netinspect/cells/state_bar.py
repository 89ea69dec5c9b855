"""Counts by TCP state: a stacked bar of letters and the total."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from netinspect.cells.glyphs import Glyphs, Span, state_style
from netinspect.cells.number import fitted_number
from netinspect.fields import Kind

_TOTAL_WIDTH = 7  # 200,412
_NARROW_TOTAL_WIDTH = 5  # 200k
_NARROW = 18


def state_spans(counts: Mapping[str, int] | None, width: int, glyphs: Glyphs) -> tuple[Span, ...]:
    """Draw the states in exactly `width` cells: a Span per state, blanks, the total.

    One letter is one socket while all fit; beyond that letters are in proportion, at least one
    per state that occurs.
    """
    if counts is None:
        return (Span(f"{glyphs.unknown:<{width}}", "muted"),)
    room = _NARROW_TOTAL_WIDTH if width < _NARROW else _TOTAL_WIDTH
    total = sum(counts.values())
    if width <= room:
        number = f"{fitted_number(Kind.NUMBER, total, width, glyphs):>{width}}"
        return (Span(number, "plain" if total else "muted"),)
    letters = allot(counts, width - room - 1)
    spans = [Span(_letters().get(name, "?") * n, state_style(name)) for name, n in letters.items()]
    rest = width - sum(letters.values())
    number = f"{fitted_number(Kind.NUMBER, total, room, glyphs):>{rest}}"
    return (*spans, Span(number, "plain" if total else "muted"))


def states_text(counts: Mapping[str, int] | None, glyphs: Glyphs) -> str:
    """Write the counts in full: ESTABLISHED 1,204 CLOSE_WAIT 3."""
    if counts is None:
        return glyphs.unknown
    ordered = ((name, counts[name]) for name in _in_order(counts) if counts[name])
    return " ".join(f"{name} {count:,}" for name, count in ordered) or "0"


def allot(counts: Mapping[str, int], cells: int) -> dict[str, int]:
    """Share out cells among the states that occur, in the order of STATE_LETTERS."""
    present = {name: counts[name] for name in _in_order(counts) if counts[name]}
    total = sum(present.values())
    if total <= cells:
        return present
    if len(present) > cells:
        largest = sorted(present, key=lambda name: -present[name])[:cells]
        return {name: 1 for name in present if name in largest}
    fair = {name: count * cells / total for name, count in present.items()}
    given = {name: max(1, int(share)) for name, share in fair.items()}
    while sum(given.values()) > cells:
        richest = max((n for n in given if given[n] > 1), key=lambda n: given[n] - fair[n])
        given[richest] -= 1
    while sum(given.values()) < cells:
        given[max(given, key=lambda n: fair[n] - given[n])] += 1
    return given


@cache
def _letters() -> dict[str, str]:
    # Brings numpy, which the first frame of the screen need not wait for.
    from netinspect.model import STATE_LETTERS

    return {state.name: letter for state, letter in STATE_LETTERS.items()}


def _in_order(counts: Mapping[str, int]) -> list[str]:
    unknown = [name for name in counts if name not in _letters()]
    return [name for name in _letters() if name in counts] + unknown
