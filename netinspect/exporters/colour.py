"""Styles of cells as terminal colours."""

from __future__ import annotations

from functools import cache

from netinspect.cells import base_style

_LOOKS = {
    "strong": "bold",
    "muted": "dim",
    "good": "green",
    "warning": "yellow",
    "critical": "bold red",
}


def painted(text: str, style: str, colour: bool) -> str:
    """Wrap text in the escape sequences of its style, where colour is wanted."""
    look = _LOOKS.get(base_style(style)) if colour else None
    if look is None or not text.strip():
        return text
    start, end = _sequences(look)
    return start + text + end


@cache
def _sequences(look: str) -> tuple[str, str]:
    from rich.color import ColorSystem
    from rich.style import Style

    start, _, end = Style.parse(look).render("|", color_system=ColorSystem.STANDARD).partition("|")
    return start, end
