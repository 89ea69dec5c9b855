"""The characters and the style words that cells are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

_STATE = "state."
_STATE_STYLES = {
    "ESTABLISHED": "good",
    "CLOSE_WAIT": "warning",
    "SYN_SENT": "warning",
    "LAST_ACK": "warning",
    "TIME_WAIT": "muted",
    "CLOSE": "muted",
}


class Span(NamedTuple):
    """A piece of text and how it is meant.

    style: plain, strong, muted, good, warning or critical; or state.X for a TCP state X.
    """

    text: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters beyond letters and digits; each takes one cell.

    parts: a cell filled by one part, by two, …; none where a cell is full or empty. spark: from
    little to much. here: the moment that is shown, on a line of time. flat: a number that does
    not change over time. came, went: rows that did of late.
    """

    full: str
    parts: str
    empty: str
    unknown: str
    ellipsis: str
    arrow: str
    times: str
    up: str
    down: str
    mark: str
    info: str
    warning: str
    critical: str
    attached: str
    spark: str
    here: str
    flat: str
    came: str = "+"
    went: str = "-"


UNICODE = Glyphs(
    "█", "▏▎▍▌▋▊▉", "░", "–", "…", "→", "×", "▴", "▾", "*", "·", "▲", "●", "≡", "▁▂▃▄▅▆▇█", "◆", "─"
)
ASCII = Glyphs(
    "#", "", ".", "-", "~", ">", "x", "+", "-", "*", "i", "!", "X", "=", "_.:-=+*#", "|", "-"
)


def state_style(state: str) -> str:
    """Name the style of a TCP state."""
    return _STATE + state


def base_style(style: str) -> str:
    """Reduce a style to the six words, for those who have no look of their own for each state."""
    if style.startswith(_STATE):
        return _STATE_STYLES.get(style[len(_STATE) :], "plain")
    return style
