"""How many cells text takes, and making it take as many as there are."""

from __future__ import annotations

from netinspect.cells.glyphs import Glyphs


def text_width(text: str) -> int:
    """Count the cells that text takes on a terminal."""
    if text.isascii():
        return len(text)
    # Costs 40 ms to import and most hosts never need it.
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int, glyphs: Glyphs, *, right: bool = False) -> str:
    """Pad text to `width` cells, or cut it with an ellipsis."""
    taken = text_width(text)
    if taken > width:
        text = cut(text, width, glyphs)
        taken = text_width(text)
    padding = " " * (width - taken)
    return padding + text if right else text + padding


def cut(text: str, width: int, glyphs: Glyphs) -> str:
    """Shorten text to at most `width` cells, the ellipsis included."""
    if text_width(text) <= width:
        return text
    if width <= 0:
        return ""
    kept = text[: width - 1]
    while text_width(kept) > width - 1:
        kept = kept[:-1]
    return kept + glyphs.ellipsis
