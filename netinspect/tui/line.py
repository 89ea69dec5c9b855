"""A line of styled words that repaints only when its words change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.strip import Strip
from textual.widget import Widget

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Part:
    """A few words of a line.

    style: the name of a component class of Line, without its prefix. rank: the highest goes first
    when the line is too narrow; 0 always stays. action: what a click does. short: what it shrinks
    to before any of its rank goes.
    """

    text: str
    style: str = "plain"
    rank: int = 0
    action: str | None = None
    short: str = ""


def fit_parts(parts: Sequence[Part], width: int, separator: str) -> tuple[Part, ...]:
    """Shorten, then leave out the parts of highest rank until the rest fits; cut what must stay."""
    kept = list(parts)
    while (excess := _joined_width(kept, separator) - width) > 0:
        at = max(range(len(kept)), key=lambda i: (kept[i].rank, bool(kept[i].short), i))
        if kept[at].short:
            kept[at] = replace(kept[at], text=kept[at].short, short="")
        elif kept[at].rank and len(kept) > 1:
            del kept[at]
        elif not _cut_longest(kept, excess):
            break
    return tuple(kept)


def _cut_longest(parts: list[Part], excess: int) -> bool:
    """Take cells from the longest part; tell whether it had any to give."""
    at = max(range(len(parts)), key=lambda i: cell_len(parts[i].text))
    text = parts[at].text
    room = max(0, cell_len(text) - excess - 1)
    parts[at] = replace(parts[at], text=set_cell_size(text, room).rstrip() + ELLIPSIS)
    return parts[at].text != text


def _joined_width(parts: Sequence[Part], separator: str) -> int:
    return sum(cell_len(part.text) for part in parts) + cell_len(separator) * (len(parts) - 1)


class Line(Widget):
    """One row of Parts on the left and, where there is room, some on the right."""

    ALLOW_SELECT = False
    RIGHT_STAYS: ClassVar[bool] = False
    """Whether the left makes room for the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--plain",
        "line--strong",
        "line--muted",
        "line--active",
        "line--key",
        "line--warning",
        "line--critical",
    }
    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; }
    Line > .line--plain { color: $foreground; }
    Line > .line--strong { text-style: bold; }
    Line > .line--muted { text-style: dim; }
    Line > .line--active { text-style: bold reverse; }
    Line > .line--key { text-style: bold; }
    Line > .line--warning { color: $warning; text-style: bold; }
    Line > .line--critical { color: $error; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None, separator: str = " · ") -> None:
        super().__init__(id=id)
        self._separator = separator
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()

    def show(self, left: Iterable[Part], right: Iterable[Part] = ()) -> None:
        """Put these words on the line; the same words again cost nothing."""
        words = tuple(left), tuple(right)
        if words != (self._left, self._right):
            self._left, self._right = words
            self.refresh()

    @property
    def text(self) -> str:
        """Return what is on the line, for tests and the copy key."""
        return "".join(segment.text for segment in self.render_line(0))

    def render_line(self, y: int) -> Strip:
        """Draw the line; it has only one row."""
        width = self.size.width
        plain = self._style("plain")
        pieces = self._pieces(width) if y == 0 else []
        segments = [Segment(piece.text, self._style(piece.style)) for piece in pieces]
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, plain)

    async def on_click(self, event: Click) -> None:
        """Do what the clicked words stand for."""
        at = 0
        for piece in self._pieces(self.size.width):
            at += cell_len(piece.text)
            if event.x < at:
                if piece.action:
                    await self.run_action(piece.action)
                return

    def _pieces(self, width: int) -> list[Part]:
        """Return all words and what stands between them, from the left edge on."""
        right = self._joined(self._right)
        left = self._joined(fit_parts(self._left, self._left_room(width), self._separator))
        room = width - 2 - sum(cell_len(part.text) for part in left + right)
        if not right or room < 1:
            return [Part(" "), *left]
        return [Part(" "), *left, Part(" " * room), *right, Part(" ")]

    def _left_room(self, width: int) -> int:
        room = width - 2
        if self.RIGHT_STAYS:
            staying = [part for part in self._left if not part.rank]
            beside = room - _joined_width(self._right, self._separator) - 2
            if _joined_width(staying, self._separator) <= beside:
                return beside
        return room

    def _joined(self, parts: Sequence[Part]) -> list[Part]:
        joined: list[Part] = []
        for part in parts:
            joined += [Part(self._separator, "muted"), part] if joined else [part]
        return joined

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"line--{name}")
