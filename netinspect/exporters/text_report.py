"""The text report: what `netinspect` prints where there is no terminal to draw on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from textwrap import wrap

from netinspect.exporters.findings_text import findings_lines
from netinspect.exporters.text_table import encode_line, paper_glyphs, table_lines
from netinspect.humanize import counted_text, moment_text
from netinspect.measures.states import is_tcp
from netinspect.model import Coverage, Note
from netinspect.parts import Paper, Report, Table

WIDTH = 80
_ROWS = {"sockets": 0}
_ROWS_PER_PANE = 5
_MOST_NOTES = 5


class TextReport:
    """About forty lines of eighty cells: what is known, what is not, the top of each pane."""

    name = "text"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the lines."""
        wide = replace(paper, width=paper.width or WIDTH)
        for line in report_lines(report, wide):
            yield encode_line(line, wide)


def report_lines(report: Report, paper: Paper) -> Iterator[str]:
    """Write a Report as lines."""
    yield from _summary(report)
    yield from _coverage(report.coverage, paper)
    for table in report.tables.values():
        yield ""
        if table.pane.name == "anomalies" and report.findings:
            yield from findings_lines(report, paper)
        else:
            yield from _pane_lines(report, table, paper)


def _summary(report: Report) -> Iterator[str]:
    host, sample = report.host, report.window.now
    kernel = f", kernel {host.kernel}" if host.kernel else ""
    yield f"netinspect: {host.name}{kernel}, {moment_text(report.taken_at)}"
    tcp = int(is_tcp(sample.sockets).sum())
    yield (
        f"{counted_text(report.coverage.sockets, 'socket')} ({tcp:,} TCP), "
        f"{counted_text(report.coverage.processes, 'process')}, read from {sample.origin}"
    )


def _coverage(coverage: Coverage, paper: Paper) -> Iterator[str]:
    if coverage.summary:
        yield coverage.summary
    for note in coverage.notes[:_MOST_NOTES]:
        yield from _wrapped(f"note: {note_text(note)}", paper)
    if len(coverage.notes) > _MOST_NOTES:
        yield f"{len(coverage.notes) - _MOST_NOTES} more notes: netinspect doctor"


def note_text(note: Note) -> str:
    """Write a Note on one line."""
    count = f" ({note.count:,} times)" if note.count and note.count > 1 else ""
    remedy = f": {note.remedy}" if note.remedy else ""
    return f"{note.source}: {note.message}{count}{remedy}"


def _pane_lines(report: Report, table: Table, paper: Paper) -> Iterator[str]:
    header = table.pane.header(report.window)
    yield f"{table.pane.title}  {header}".rstrip()
    if not len(table.order):
        yield from _wrapped(f"  {table.pane.empty}", paper)
        return
    top = replace(table, order=table.order[: _ROWS.get(table.pane.name, _ROWS_PER_PANE)])
    if not len(top.order):
        return
    for line in table_lines(top, replace(paper, width=(paper.width or WIDTH) - 2)):
        yield f"  {line}"
    rest = len(table.order) - len(top.order)
    if rest:
        ellipsis = paper_glyphs(paper).ellipsis
        yield f"  {ellipsis} {rest:,} more: netinspect {table.pane.name}"


def _wrapped(text: str, paper: Paper) -> list[str]:
    return wrap(text, paper.width or WIDTH, subsequent_indent="  ")


EXPORTER = TextReport()
