"""Compare two Samples written by hand."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.changes import Change, Changes, View, compare
from netinspect.finding import Finding
from netinspect.model import Sample
from netinspect.query import parse_query
from netinspect.report import build_window

Found = Sequence[Finding]


def view(name: str, sample: Sample, filter: str = "", findings: Found = ()) -> View:
    """Look at a Sample through a filter."""
    window = build_window(sample, None, parse_query(filter), findings=tuple(findings))
    return View(name, window)


def compared(
    before: Sample, after: Sample, filter: str = "", *, everything: bool = False
) -> Changes:
    """Compare two Samples under one filter."""
    return compare(view("A", before, filter), view("B", after, filter), everything=everything)


def told(changes: Changes, section: str) -> list[Change]:
    """Return what is told under a heading."""
    return next(list(one.changes) for one in changes.sections if one.name == section)


def lines(changes: Changes) -> list[str]:
    """Write each change in a line: section, what became of what, values."""
    return [
        f"{section.name}: {change.turn.value} {change.subject}"
        + "".join(f"; {v.name} {v.before} → {v.after}" for v in change.values)
        for section in changes.sections
        for change in section.changes
    ]
