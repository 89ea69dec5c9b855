"""Changes as text: a heading per kind, + what is new, - what is gone, ~ what is not as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netinspect.cells import Span, text_width
from netinspect.changes import Change, Changes, Difference, Section, Side, Turn
from netinspect.exporters.colour import painted
from netinspect.exporters.text_table import encode_line, paper_glyphs
from netinspect.exporters.wrapping import wrap_text
from netinspect.finding import Scalar, Unit
from netinspect.humanize import UNKNOWN_TEXT, counted_text, duration_text
from netinspect.parts import Paper

_WIDTH = 80
_SIGNS = {
    Turn.NEW: Span("+", "good"),
    Turn.GONE: Span("-", "critical"),
}
_MOVED = Span("~", "warning")
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
_SIGN = "  ~ "
_INDENT = " " * 6
_COLUMN = 40


class ChangesText:
    """What `netinspect diff` prints."""

    name = "text"

    def write(self, changes: Changes, paper: Paper) -> Iterator[bytes]:
        """Yield the lines."""
        for line in changes_lines(changes, paper):
            yield encode_line(line, paper)


def changes_lines(changes: Changes, paper: Paper) -> Iterator[str]:
    """Write what is compared, what could not be, then the Changes by kind."""
    yield from _head_lines(changes, paper.width or _WIDTH)
    for note in _notes(changes):
        yield from wrap_text(note, paper.width or _WIDTH, "! ")
    for section in changes.sections:
        if section.changes:
            yield ""
            yield section.title
            yield from _section_lines(section, paper)
    yield ""
    yield _last_line(changes)


def _head_lines(changes: Changes, width: int) -> Iterator[str]:
    """Write what is compared; a name that is too long goes on a line of its own."""
    later = _elapsed_text(changes.elapsed)
    whens = _when_text(changes.before), _when_text(changes.after) + later
    names = changes.before.name, changes.after.name
    column = max(map(text_width, names))
    together = column + max(map(text_width, whens)) + 5 <= width
    for letter, name, when in zip("AB", names, whens, strict=True):
        padding = " " * (column - text_width(name) + 2)
        yield f"{letter}  {name}{padding}{when}" if together else f"{letter}  {name}"
        if not together:
            yield f"   {when}"


def _when_text(side: Side) -> str:
    taken = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(side.taken_at))
    return f"{side.host.name}  {taken}"


def _elapsed_text(elapsed: float) -> str:
    if abs(elapsed) < 1:
        return ""
    return f", {duration_text(abs(elapsed))} {'later' if elapsed > 0 else 'earlier'}"


def _notes(changes: Changes) -> Iterator[str]:
    yield from changes.notes
    for name, side in (("A", changes.before), ("B", changes.after)):
        yield from (f"{name}: {gap}" for gap in side.gaps)


def _last_line(changes: Changes) -> str:
    left = counted_text(changes.left_out, "small change") if changes.left_out else ""
    if changes.same:
        return f"no difference{f'; {left} left out: --all shows them' if left else ''}"
    told = counted_text(sum(len(section.changes) for section in changes.sections), "change")
    return f"{told}{f'; {left} left out: --all shows them' if left else ''}"


def _section_lines(section: Section, paper: Paper) -> Iterator[str]:
    moved = [change for change in section.changes if change.turn not in _SIGNS]
    widths = _Widths.measure([row for change in moved for row in _rows(change)])
    for change in section.changes:
        if change.turn in _SIGNS:
            yield from _short_lines(change, paper)
        else:
            yield from _moved_lines(change, widths, paper)


def _short_lines(change: Change, paper: Paper) -> Iterator[str]:
    """Write what is new or gone: there is nothing to compare its values with."""
    words = [change.text] if change.text else []
    for value in change.values:
        number = value.after if value.before is None else value.before
        if value.name != "level":  # the text has it, with its unit
            words.append(f"{_name(value)} {_value_text(number, value.unit)}")
    subject, details = _subject(change), ", ".join(words)
    together = f"{subject}  {details}"
    if text_width(together) + len(_SIGN) <= (paper.width or _WIDTH):
        yield _signed(change, together, paper)
    else:
        yield _signed(change, subject, paper)
        yield from wrap_text(details, paper.width or _WIDTH, _INDENT)


def _moved_lines(change: Change, widths: _Widths, paper: Paper) -> Iterator[str]:
    """Write what it was and what it is, lined up with the other changes of the section."""
    subject, rows = _subject(change), _rows(change)
    lines = [widths.line(row, paper) for row in rows]
    at = min(_COLUMN, (paper.width or _WIDTH) - widths.total)
    if lines and text_width(subject) + len(_SIGN) + 2 <= at:
        padding = " " * (at - len(_SIGN) - text_width(subject))
        yield _signed(change, subject + padding + lines.pop(0), paper)
    else:
        yield _signed(change, subject, paper)
    yield from (" " * at + line for line in lines)
    if change.text:
        yield from wrap_text(change.text, paper.width or _WIDTH, _INDENT)
    for value in change.values:
        if value.name == "summary":
            yield from wrap_text(f"was: {value.before}", paper.width or _WIDTH, _INDENT)
            yield from wrap_text(f"now: {value.after}", paper.width or _WIDTH, _INDENT)


class _Row(NamedTuple):
    """One value, written; delta: "" for a text."""

    name: str
    before: str
    after: str
    delta: str


class _Widths(NamedTuple):
    """How wide each part of the values of a section is; texts go their own way."""

    name: int
    before: int
    after: int
    delta: int

    @staticmethod
    def measure(rows: Sequence[_Row]) -> _Widths:
        """Find the widest of each part."""
        numbers = [row for row in rows if row.delta]
        name = max((len(row.name) for row in rows), default=0)
        parts = ([len(row[i]) for row in numbers] for i in (1, 2, 3))
        return _Widths(name, *(max(part, default=0) for part in parts))

    @property
    def total(self) -> int:
        """Return how wide a line of numbers is."""
        return sum(self) + len("   →   ") + 2

    def line(self, row: _Row, paper: Paper) -> str:
        """Write a value."""
        arrow = paper_glyphs(paper).arrow
        name = f"{row.name:{self.name}}  " if self.name else ""
        if not row.delta:
            return f"{name}{row.before} {arrow} {row.after}"
        numbers = f"{row.before:>{self.before}} {arrow} {row.after:>{self.after}}"
        return f"{name}{numbers}  {row.delta:>{self.delta}}"


def _rows(change: Change) -> list[_Row]:
    """Write the values of a change, without what its subject or its text says."""
    names = {value.name for value in change.values}
    return [
        _Row(
            "" if _is_said(value, change) else _name(value),
            _value_text(value.before, value.unit),
            _value_text(value.after, value.unit),
            "" if value.delta is None else f"{value.delta:+,.{_digits(value)}f}",
        )
        for value in change.values
        if value.name != "summary" and not (value.name == "level" and "summary" in names)
    ]


def _is_said(value: Difference, change: Change) -> bool:
    """Tell whether the subject is the name of the value."""
    named = change.subject.startswith(value.name) or change.subject == _name(value)
    return named and len(change.values) == 1


def _subject(change: Change) -> str:
    severity = str(change.about.get("severity") or "").upper()
    word = f"  {change.turn.value}" if change.turn in _SAID else ""
    return f"{severity} {change.subject}".lstrip() + word


def _signed(change: Change, text: str, paper: Paper) -> str:
    sign = _SIGNS.get(change.turn, _MOVED)
    return _SIGN.replace("~", painted(sign.text, sign.style, paper.colour)) + text


def _name(value: Difference) -> str:
    return _WORDS.get(value.name, value.name)


def _value_text(value: Scalar, unit: Unit) -> str:
    if value is None:
        return UNKNOWN_TEXT
    if unit is Unit.TEXT or isinstance(value, (str, bool)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _digits(value: Difference) -> int:
    return 1 if any(isinstance(one, float) for one in (value.before, value.after)) else 0


EXPORTER = ChangesText()
