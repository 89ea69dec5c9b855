"""The page of what is not the same at two moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.changes import Change, Changes, Section, Side, Turn
from netinspect.exporters.changes_words import (
    ValueRow,
    change_notes,
    count_changes,
    elapsed_text,
    value_rows,
    value_text,
)
from netinspect.exporters.html.cells import LONG
from netinspect.exporters.html.markup import Markup, start_tag, tag
from netinspect.exporters.html.page import made_by, page
from netinspect.exporters.html.prose import clock, clock_text
from netinspect.exporters.html.tables import start_scroll
from netinspect.humanize import counted_text

_SIGNS = {Turn.NEW: "+", Turn.GONE: "−"}
_STYLES = {Turn.NEW: "good", Turn.GONE: "critical"}
_OF_FINDINGS = {
    Turn.NEW: "critical",
    Turn.GRAVER: "critical",
    Turn.GONE: "good",
    Turn.MILDER: "good",
}
_TITLES = (("CHANGE", None), ("WHAT", None), ("VALUE", None), ("A", "n"), ("B", "n"), ("BY", "n"))


def changes_page(changes: Changes) -> Iterator[bytes]:
    """Yield the page, a kind of change at a time."""
    before, after = (
        f"{side.host.name}, {clock_text(side.taken_at)}" for side in (changes.before, changes.after)
    )
    return page(f"{before} and {after}: netinspect diff", _body(changes))


def _body(changes: Changes) -> Iterator[Markup]:
    told = [section for section in changes.sections if section.changes]
    yield _header(changes)
    links = (
        tag("a", f"{s.title} ", tag("b", f"{len(s.changes):,}"), href=f"#changes-{s.name}")
        for s in told
    )
    yield tag("nav", *links, aria_label="Parts")
    yield Markup("<main>")
    notes = list(change_notes(changes))
    if notes:
        lines = tag("ul", *(tag("li", note) for note in notes))
        yield tag("section", tag("h2", "What could not be compared"), lines, id="coverage")
    for section in told:
        yield from _section(section)
    yield Markup("</main>")
    yield made_by()


def _header(changes: Changes) -> Markup:
    hosts = dict.fromkeys([changes.before.host.name, changes.after.host.name])
    level = "good" if changes.same else "warning"
    later = elapsed_text(changes.elapsed)
    return tag(
        "header",
        tag("p", "netinspect diff", class_="brand"),
        tag("h1", " → ".join(hosts)),
        tag("p", count_changes(changes), class_=f"verdict {level}"),
        tag("dl", _side("A", changes.before), _side("B", changes.after, later)),
    )


def _side(letter: str, side: Side, later: str = "") -> Markup:
    return tag("div", tag("dt", f"{letter}: {side.name}"), tag("dd", clock(side.taken_at), later))


def _section(section: Section) -> Iterator[Markup]:
    yield start_tag("section", id=f"changes-{section.name}")
    yield tag("h2", section.title)
    yield start_scroll(f"{section.title}: table")
    titles = (tag("th", title, scope="col", class_=look) for title, look in _TITLES)
    yield Markup(f'<table class="changes">{tag("thead", tag("tr", *titles))}<tbody>')
    for change in section.changes:
        yield from _rows(change, _OF_FINDINGS if section.name == "findings" else _STYLES)
    yield Markup("</tbody></table></div>")
    if section.left_out:
        words = f"{counted_text(section.left_out, 'small change')} left out: "
        yield tag("p", words, tag("code", "--all"), " shows them.", class_="muted")
    yield Markup("</section>")


def _rows(change: Change, styles: Mapping[Turn, str]) -> Iterator[Markup]:
    """Write a row per value; the first one names what it is of."""
    rows = [*_values(change)] or [ValueRow("", "", "", "")]
    style = styles.get(change.turn, "warning")
    turn = f"{_SIGNS.get(change.turn, '~')} {change.turn.value}"
    text = [tag("p", change.text, class_="muted")] if change.text else []
    severity = str(change.about.get("severity") or "").upper()
    subject = f"{severity} {change.subject}".lstrip()
    height = len(rows) if len(rows) > 1 else None
    head = (
        tag("td", turn, class_=f"turn {style}", rowspan=height),
        tag("th", subject, *text, class_="w", scope="row", rowspan=height),
    )
    for i, row in enumerate(rows):
        yield tag("tr", *(head if i == 0 else ()), *_cells(row))


def _values(change: Change) -> Iterator[ValueRow]:
    for row in value_rows(change):
        if change.turn not in _SIGNS:
            yield row
        elif row.name != "level":  # its text has that, with the unit
            yield row._replace(delta="")
    for value in change.values:
        if value.name == "summary":
            before, after = (value_text(v, value.unit) for v in (value.before, value.after))
            yield ValueRow("seen", before, after, "")


def _cells(row: ValueRow) -> Iterator[Markup]:
    yield tag("td", row.name)
    for text in (row.before, row.after):
        yield tag("td", text, class_="n" if row.delta or len(text) <= LONG else "w")
    yield tag("td", row.delta, class_="n")
