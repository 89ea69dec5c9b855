"""The page of a whole Report."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.html.findings import finding_article, orphan_articles
from netinspect.exporters.html.markup import Markup
from netinspect.exporters.html.page import made_by, page
from netinspect.exporters.html.prose import clock_text
from netinspect.exporters.html.summary import coverage_section, navigation, summary_header
from netinspect.exporters.html.tables import Places, pane_section
from netinspect.parts import Report


def report_page(report: Report) -> Iterator[bytes]:
    """Yield the page, some rows at a time."""
    return page(
        f"{report.host.name}, {clock_text(report.taken_at)}: netinspect report", _body(report)
    )


def _body(report: Report) -> Iterator[Markup]:
    places = {finding.key: f"finding-{i}" for i, finding in enumerate(report.findings, 1)}
    yield summary_header(report)
    yield navigation(report)
    yield Markup("<main>")
    for name, table in report.tables.items():
        yield from pane_section(report, table, places)
        if name == "anomalies":
            yield from _articles(report, places)
    if "anomalies" not in report.tables:
        yield from _articles(report, places)
    yield coverage_section(report)
    yield Markup("</main>")
    yield made_by("A pointer held over a number shows all its digits.")


def _articles(report: Report, places: Places) -> Iterator[Markup]:
    for finding in report.findings:
        yield finding_article(finding, report, places)
    yield from orphan_articles(report)
