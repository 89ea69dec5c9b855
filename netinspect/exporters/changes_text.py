"""Changes as text: a heading per kind, + what is new, - what is gone, ~ what is not as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netinspect.cells import Span, text_width
from netinspect.changes import Change, Changes, Section, Turn
from netinspect.exporters.changes_words import (
    ValueRow,
    change_notes,
    count_changes,
    elapsed_text,
    subject_text,
    value_name,
    value_rows,
    value_text,
    when_text,
)
from netinspect.exporters.colour import painted
from netinspect.exporters.text_table import encode_line, paper_glyphs
from netinspect.exporters.wrapping import wrap_text
from netinspect.parts import Paper

_WIDTH = 80
_SIGNS = {
    Turn.NEW: Span("+", "good"),
    Turn.GONE: Span("-", "critical"),
}
_MOVED = Span("~", "warning")
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
    for note in change_notes(changes):
        yield from wrap_text(note, paper.width or _WIDTH, "! ")
    for section in changes.sections:
        if section.changes:
            yield ""
            yield section.title
            yield from _section_lines(section, paper)
    yield ""
    yield count_changes(changes)


def _head_lines(changes: Changes, width: int) -> Iterator[str]:
    """Write what is compared; a name that is too long goes on a line of its own."""
    later = elapsed_text(changes.elapsed)
    host = max(text_width(side.host.name) for side in (changes.before, changes.after))
    whens = when_text(changes.before, host), when_text(changes.after, host) + later
    names = changes.before.name, changes.after.name
    column = max(map(text_width, names))
    together = column + max(map(text_width, whens)) + 5 <= width
    for letter, name, when in zip("AB", names, whens, strict=True):
        padding = " " * (column - text_width(name) + 2)
        yield f"{letter}  {name}{padding}{when}" if together else f"{letter}  {name}"
        if not together:
            yield f"   {when}"


def _section_lines(section: Section, paper: Paper) -> Iterator[str]:
    moved = [change for change in section.changes if change.turn not in _SIGNS]
    widths = _Widths.measure([row for change in moved for row in value_rows(change)])
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
            words.append(f"{value_name(value)} {value_text(number, value.unit)}")
    subject, details = subject_text(change), ", ".join(words)
    together = f"{subject}  {details}"
    if text_width(together) + len(_SIGN) <= (paper.width or _WIDTH):
        yield _signed(change, together, paper)
    else:
        yield _signed(change, subject, paper)
        yield from wrap_text(details, paper.width or _WIDTH, _INDENT)


def _moved_lines(change: Change, widths: _Widths, paper: Paper) -> Iterator[str]:
    """Write what it was and what it is, lined up with the other changes of the section."""
    subject, rows = subject_text(change), value_rows(change)
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


class _Widths(NamedTuple):
    """How wide each part of the values of a section is; texts go their own way."""

    name: int
    before: int
    after: int
    delta: int

    @staticmethod
    def measure(rows: Sequence[ValueRow]) -> _Widths:
        """Find the widest of each part."""
        numbers = [row for row in rows if row.delta]
        name = max((len(row.name) for row in rows), default=0)
        parts = ([len(row[i]) for row in numbers] for i in (1, 2, 3))
        return _Widths(name, *(max(part, default=0) for part in parts))

    @property
    def total(self) -> int:
        """Return how wide a line of numbers is."""
        return sum(self) + len("   →   ") + 2

    def line(self, row: ValueRow, paper: Paper) -> str:
        """Write a value."""
        arrow = paper_glyphs(paper).arrow
        name = f"{row.name:{self.name}}  " if self.name else ""
        if not row.delta:
            return f"{name}{row.before} {arrow} {row.after}"
        numbers = f"{row.before:>{self.before}} {arrow} {row.after:>{self.after}}"
        return f"{name}{numbers}  {row.delta:>{self.delta}}"


def _signed(change: Change, text: str, paper: Paper) -> str:
    sign = _SIGNS.get(change.turn, _MOVED)
    return _SIGN.replace("~", painted(sign.text, sign.style, paper.colour)) + text


EXPORTER = ChangesText()
