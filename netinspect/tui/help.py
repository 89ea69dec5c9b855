"""What the help page says: every key that does something, what each pane answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App
    from textual.binding import ActiveBinding

    from netinspect.model import Note
    from netinspect.parts import Pane

_INDENT = "  "
_MARKS = (
    ("●", "critical"),
    ("▲", "warning"),
    ("*", "marked with space"),
    ("+", "came within the last 3 samples"),
    ("-", "went within the last 3 samples; counts nowhere"),
    ("▁▄▇", "history of a number: from 0 to the row's own highest, the newest at the right"),
    ("───", "history of a number that does not change; a gap: the row was not there"),
    ("–", "not known; 0 means zero"),
)


def help_text(app: App[None], bindings: Iterable[ActiveBinding], panes: Iterable[Pane]) -> str:
    """Write the help page from the bindings that are alive now."""
    keys: dict[str, list[str]] = {}
    for active in bindings:
        binding = active.binding
        if binding.id:  # the others are Textual's own, and mostly about selecting text
            keys.setdefault(binding.description, []).append(app.get_key_display(binding))
    lines = ["KEYS", *_two_columns((" ".join(k), text) for text, k in keys.items()), ""]
    lines += ["PANES", *_two_columns((f"{p.key} {p.title}", p.help) for p in panes), ""]
    lines += ["MARKS", *_two_columns(_MARKS), "", "STATES", *_two_columns(_state_letters())]
    from netinspect.query.manual import filter_manual  # not before the first frame

    return "\n".join([*lines, "", filter_manual()])


def _state_letters() -> Iterator[tuple[str, str]]:
    from netinspect.model import STATE_LETTERS

    return ((letter, state.name) for state, letter in STATE_LETTERS.items())


def notes_text(notes: Iterable[Note], *first: str | None) -> str:
    """Write what could not be read, and the remedies. first: what is to be said before."""
    lines = [line for line in first if line]
    for note in notes:
        count = "" if note.count is None else f" ({note.count:,})"
        lines.append(f"{note.source}: {note.message}{count}")
        if note.remedy:
            lines.append(f"{_INDENT}{note.remedy}")
    return "\n".join(lines) or "Everything asked for could be read."


def _two_columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    pairs = list(rows)
    width = max((len(left) for left, _ in pairs), default=0)
    return [f"{_INDENT}{left:<{width}}  {right}" for left, right in pairs]
