"""A pane as a table: its rows as they are sorted, each with a link to what was found on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from netinspect.cells import UNICODE
from netinspect.exporters.html.cells import cell, is_number
from netinspect.exporters.html.markup import Markup, hidden, start_tag, tag
from netinspect.exporters.html.row_marks import choose_rows, find_marks
from netinspect.exporters.table_rows import read_columns
from netinspect.fields import FIELDS, Kind
from netinspect.finding import Finding, FindingKey, Severity
from netinspect.model import Value, Window
from netinspect.parts import Column, Report, Table

MOST_ROWS = 2000
"""Rows of one table: as many as a phone still scrolls and a person might look through."""
_MOST_ON_PAPER = 200  # as in page.css

Places = Mapping[FindingKey, str]
"""Where on the page each finding is told: its anchor."""


def pane_section(report: Report, table: Table, places: Places) -> Iterator[Markup]:
    """Write a pane: its question, the numbers that belong to all of it, its rows."""
    pane = table.pane
    yield start_tag("section", id=f"pane-{pane.name}")
    yield tag("h2", pane.title)
    header = pane.header(report.window)
    if header:
        yield tag("p", header, class_="lead")
    yield tag("p", pane.help, class_="muted")
    yield from table_rows(report, table, places)
    yield Markup("</section>")


def table_rows(report: Report, table: Table, places: Places) -> Iterator[Markup]:
    """Write the rows of a pane, or why there are none."""
    if not len(table.order):
        yield tag("p", table.pane.empty)
        return
    shown = replace(table, order=choose_rows(table, report.findings, MOST_ROWS))
    columns = shown_columns(table, report.window)
    yield start_scroll(f"{table.pane.title}: table")
    yield Markup(f'<table class="rows">{_head(columns)}<tbody>')
    marks, is_list = find_marks(shown, report.findings), table.pane.name == "anomalies"
    for found, values in zip(marks, _rows(shown, columns), strict=True):
        link = f"#{places[found[0].key]}" if is_list and found else None
        yield tag("tr", _mark(found, places), *_cells(columns, values, link))
    yield Markup("</tbody></table></div>")
    if len(shown.order) > _MOST_ON_PAPER:
        words = f"On paper the first {_MOST_ON_PAPER} rows of {len(shown.order):,} on the page."
        yield tag("p", words, class_="lead paper")
    rest = len(table.order) - len(shown.order)
    if rest:
        yield _rest(rest, table)


def start_scroll(name: str) -> Markup:
    """Begin what is scrolled where it is too wide; those who hear the page are told its name."""
    return start_tag("div", class_="scroll", tabindex=0, role="region", aria_label=name)


def shown_columns(table: Table, window: Window) -> tuple[Column, ...]:
    """Return the columns of the screen; those over time only where there is a time before."""
    columns, is_moment = table.pane.columns, len(window.trail.steps) < 2
    return tuple(c for c in columns if not (is_moment and c.kind is Kind.SERIES))


def severity_glyph(severity: Severity | None) -> str:
    """Return the character of a severity, as on screen."""
    return str(getattr(UNICODE, (severity or Severity.INFO).name.lower()))


def severity_word(severity: Severity | None) -> str:
    """Name a severity, as CSS classes and people do."""
    return (severity or Severity.INFO).name.lower()


def _head(columns: Sequence[Column]) -> Markup:
    mark = tag("th", hidden("finding"), scope="col", class_="n")
    return tag("thead", tag("tr", mark, *map(_title, columns)))


def _title(column: Column) -> Markup:
    field = FIELDS[column.name]
    look = "n" if is_number(column) else None
    return tag("th", column.title or field.name.upper(), scope="col", class_=look, title=field.help)


def _rows(table: Table, columns: Sequence[Column]) -> Iterator[list[tuple[Value, ...]]]:
    """Yield for each row the values of every column."""
    fields = tuple(dict.fromkeys(chain.from_iterable(column.fields for column in columns)))
    places = [tuple(map(fields.index, column.fields)) for column in columns]
    for chunk in read_columns(table, fields):
        for values in zip(*chunk, strict=True):
            yield [tuple(values[place] for place in wanted) for wanted in places]


def _cells(
    columns: Sequence[Column], values: Sequence[tuple[Value, ...]], link: str | None
) -> Iterator[Markup]:
    """Write the cells of a row; one of them names the row, and leads to what it tells of."""
    name = next(c for c in columns if not c.priority and c.kind is not Kind.STATE)
    for column, shown in zip(columns, values, strict=True):
        if column is name:
            yield cell(column, shown, heads_row=True, link=link)
        else:
            yield cell(column, shown)


def _mark(found: Sequence[Finding], places: Places) -> Markup:
    """Write the gravest finding on a row as a link to where it is told."""
    if not found:
        return tag("td", class_="n")
    worst = found[0]
    words = "; ".join(f"{severity_word(f.severity)}: {f.code}" for f in found)
    glyph = tag("span", severity_glyph(worst.severity), aria_hidden="true")
    link = tag("a", glyph, hidden(words), href=f"#{places[worst.key]}", title=words)
    look = f"n {severity_word(worst.severity)}"
    return tag("td", link, class_=look, data_v=int(worst.severity or 0))


def _rest(count: int, table: Table) -> Markup:
    one, several = f"netinspect {table.pane.name} --format csv", "netinspect snapshot"
    return tag(
        *("p", f"{count:,} more rows are left out of this page. All of them: "),
        tag("code", one),
        " or ",
        tag("code", several),
        ", as JSON.",
        class_="lead",
    )
