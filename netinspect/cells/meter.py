"""Use against its limit: a bar and the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.cells.glyphs import Glyphs, Span
from netinspect.cells.number import fitted_number, number_text
from netinspect.fields import Kind
from netinspect.humanize import short_count_text

WARNING_SHARE = 0.8
CRITICAL_SHARE = 0.95
_WIDTH_FOR_BAR = 8
_MOST_BAR = 12


def meter_spans(
    kind: Kind, numbers: Sequence[float | None], width: int, glyphs: Glyphs
) -> tuple[Span, ...]:
    """Draw used, limit and further limits in exactly `width` cells.

    The bar's length depends on the width alone, so that bars can be compared down a column.
    """
    used, limit = numbers[0], numbers[1]
    if used is None and limit is None:
        return (Span(f"{glyphs.unknown:>{width}}", "muted"),)
    style = meter_style(used, limit)
    bar = _bar_width(width)
    room = width - bar - bool(bar)
    text = f"{_shortest(kind, numbers, room, glyphs):>{room}}"
    number = Span(text, "muted" if not used and style == "plain" else style)
    return (*_bar_spans(used, limit, bar, style, glyphs), number) if bar else (number,)


def meter_text(kind: Kind, numbers: Sequence[float | None], glyphs: Glyphs) -> str:
    """Write the numbers in full: 129/128."""
    return "/".join(number_text(kind, number, glyphs) for number in numbers)


def meter_style(used: float | None, limit: float | None) -> str:
    """Tell how near the limit is."""
    share = _share(used, limit)
    if share is None or share < WARNING_SHARE:
        return "plain"
    return "warning" if share < CRITICAL_SHARE else "critical"


def _share(used: float | None, limit: float | None) -> float | None:
    if used is None or limit is None:
        return None
    if limit <= 0:
        return 1.0 if used > 0 else 0.0
    return used / limit


def _bar_width(width: int) -> int:
    return min(max(3, width // 3), _MOST_BAR) if width >= _WIDTH_FOR_BAR else 0


def _bar_spans(
    used: float | None, limit: float | None, width: int, style: str, glyphs: Glyphs
) -> tuple[Span, ...]:
    """Fill as many cells as there is share: full only at the limit, empty below half a step."""
    share = _share(used, limit)
    if share is None:
        return (Span(" " * (width + 1)),)
    steps = len(glyphs.parts) + 1
    filled = min(round(share * width * steps), width * steps)
    if share < 1:
        filled = min(filled, width * steps - 1)
    full, part = divmod(filled, steps)
    bar = glyphs.full * full + (glyphs.parts[part - 1] if part else "")
    rest = Span(glyphs.empty * (width - len(bar)) + " ", "muted")
    return (Span(bar, style), rest) if bar else (rest,)


def _shortest(kind: Kind, numbers: Sequence[float | None], room: int, glyphs: Glyphs) -> str:
    """Say as much as there is room for: all limits, the first one, none."""
    for count in range(len(numbers), 1, -1):
        shown = numbers[:count]
        long = meter_text(kind, shown, glyphs)
        short = "/".join(
            glyphs.unknown if number is None else short_count_text(number) for number in shown
        )
        for text in (long, short):
            if len(text) <= room:
                return text
    return fitted_number(kind, numbers[0], room, glyphs)
