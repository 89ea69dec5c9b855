"""Changes in words: what formats for people write alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netinspect.cells import text_width
from netinspect.changes import Change, Changes, Difference, Side, Turn
from netinspect.finding import Scalar, Unit
from netinspect.humanize import UNKNOWN_TEXT, counted_text, duration_text, moment_text

_SAID = (Turn.RESTARTED, Turn.GRAVER, Turn.MILDER)
_WORDS = {
    "file_nr": "open files",
    "fds": "descriptors",
    "file": "files",
    "pipe": "pipes",
    "anon": "epoll and such",
    "other": "other files",
    "fd_soft": "soft limit",
    "fd_hard": "hard limit",
}


class ValueRow(NamedTuple):
    """One value, written; delta: "" for a text."""

    name: str
    before: str
    after: str
    delta: str


def when_text(side: Side, width: int = 0) -> str:
    """Name host and time of a side. width: cells that the name of the host takes at least."""
    padding = " " * max(0, width - text_width(side.host.name))
    return f"{side.host.name}{padding}  {moment_text(side.taken_at)}"


def elapsed_text(elapsed: float) -> str:
    """Say how much later the second side is: ", 3m later"; "" where that is no time."""
    if abs(elapsed) < 1:
        return ""
    return f", {duration_text(abs(elapsed))} {'later' if elapsed > 0 else 'earlier'}"


def change_notes(changes: Changes) -> Iterator[str]:
    """Yield what could not be compared, and what a side does not show."""
    yield from changes.notes
    for name, side in (("A", changes.before), ("B", changes.after)):
        yield from (f"{name}: {gap}" for gap in side.gaps)


def count_changes(changes: Changes) -> str:
    """Say how many there are: "no difference", "12 changes"."""
    left = counted_text(changes.left_out, "small change") if changes.left_out else ""
    if changes.same:
        return f"no difference{f'; {left} left out: --all shows them' if left else ''}"
    told = counted_text(sum(len(section.changes) for section in changes.sections), "change")
    return f"{told}{f'; {left} left out: --all shows them' if left else ''}"


def subject_text(change: Change) -> str:
    """Name what changed, and how where no value tells."""
    severity = str(change.about.get("severity") or "").upper()
    word = f"  {change.turn.value}" if change.turn in _SAID else ""
    return f"{severity} {change.subject}".lstrip() + word


def value_rows(change: Change) -> list[ValueRow]:
    """Write the values of a change, without what its subject or its text says."""
    names = {value.name for value in change.values}
    return [
        ValueRow(
            "" if _is_said(value, change) else value_name(value),
            value_text(value.before, value.unit),
            value_text(value.after, value.unit),
            "" if value.delta is None else f"{value.delta:+,.{_digits(value)}f}",
        )
        for value in change.values
        if value.name != "summary" and not (value.name == "level" and "summary" in names)
    ]


def _is_said(value: Difference, change: Change) -> bool:
    """Tell whether the subject is the name of the value."""
    named = change.subject.startswith(value.name) or change.subject == value_name(value)
    return named and len(change.values) == 1


def value_name(value: Difference) -> str:
    """Name a value as people do."""
    return _WORDS.get(value.name, value.name)


def value_text(value: Scalar, unit: Unit) -> str:
    """Write a value in full."""
    if value is None:
        return UNKNOWN_TEXT
    if unit is Unit.TEXT or isinstance(value, (str, bool)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _digits(value: Difference) -> int:
    return 1 if any(isinstance(one, float) for one in (value.before, value.after)) else 0
