"""Reads pages as strictly as we write them: every element closed, in order, nothing repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from netinspect.explanations import explain_finding
from netinspect.exporters.html_report import EXPORTER
from netinspect.panes import PANES
from netinspect.parts import Report
from netinspect.query import Query
from netinspect.report import PaneRequest, build_report, build_window
from tests.exporters.reports import written
from tests.recording.moments import web_07

VOID = {"meta"}


@dataclass
class Element:
    """One element: its attributes, and all text in it."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """Find the elements below with this tag and these attributes; class_ is one of several."""
        found = []
        for element in self.inside:
            if element.tag == tag and element._has(wanted):
                found.append(element)
            found += element.all(tag, **wanted)
        return found

    def one(self, tag: str, **wanted: str) -> Element:
        (found,) = self.all(tag, **wanted)
        return found

    def every(self) -> Iterator[Element]:
        """Yield all elements below, in the order of the page."""
        for element in self.inside:
            yield element
            yield from element.every()

    def _has(self, wanted: dict[str, str]) -> bool:
        return all(
            value in self.classes if name == "class_" else self.attributes.get(name) == value
            for name, value in wanted.items()
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]
        self.declaration = ""

    def handle_decl(self, decl: str) -> None:
        self.declaration = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert max(Counter(name for name, _ in attrs).values(), default=1) == 1, (tag, attrs)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> out of order"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.pieces.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/>: no such thing in HTML")

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration")


def read_page(document: str) -> Element:
    """Read a page; raises AssertionError where it is not well formed."""
    reader = _Reader()
    reader.feed(document)
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[element.tag for element in reader.open[1:]]}"
    assert reader.declaration == "DOCTYPE html"
    return reader.open[0].one("html")


def page_of(report: Report) -> Element:
    """Write a Report as a page and read that."""
    return read_page(written(EXPORTER, report))


@cache
def recorded() -> Report:
    """Build the Report of the recorded host, with every explanation attached."""
    moment = web_07()[-1]
    window = build_window(moment.sample, moment.before, Query(), findings=moment.findings)
    explained = {finding.key: explain_finding(finding) for finding in moment.findings}
    return build_report(window, map(PaneRequest.default, PANES), explained)


@cache
def recorded_page() -> Element:
    """Read the page of the recorded host."""
    return page_of(recorded())
