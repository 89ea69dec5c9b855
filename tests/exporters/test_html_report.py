"""The page of a whole Report is complete: what the other formats say, and the explanations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from netinspect.cells import UNICODE, full_text
from netinspect.exporters.html import tables
from netinspect.exporters.html.bars import series_bar
from netinspect.fields import Kind
from netinspect.finding import Finding, Severity, Subject, SubjectKind
from netinspect.model import Series
from netinspect.panes import PANES
from netinspect.parts import Report
from netinspect.report import PaneRequest, build_report
from tests.exporters.pages import page_of, read_page, recorded, recorded_page
from tests.exporters.reports import report_of, web_server
from tests.samples import make_sample, make_window, tcp


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_page_tells_host_time_verdict_and_what_could_not_be_read() -> None:
    page = page_of(report_of(web_server()))

    assert (
        page.one("head").one("title").text == "web-07, 2023-11-14 22:13:20 UTC: netinspect report"
    )
    assert page.one("h1").text == "web-07"
    assert squeezed(page.one("p", class_="verdict").text) == "✓ no findings"
    hidden = "owners hidden for 1 of 6 sockets: refused in spite of privileges"
    assert page.one("p", class_="gap").text == f"! {hidden}"
    assert [squeezed(item.text) for item in page.one("section", id="coverage").all("li")] == [
        hidden,
        "processes: refused (2 times): run as root",
    ]
    assert page.one("dl").text.startswith("taken2023-11-14 22:13:20 UTCkernel6.1.0sockets6, of")


def test_verdict_counts_the_findings() -> None:
    verdict = recorded_page().one("p", class_="verdict")

    assert squeezed(verdict.text) == "● 3 critical, 2 warning, 1 info"
    assert "critical" in verdict.classes


@pytest.mark.parametrize("build", [lambda: report_of(web_server()), recorded])
def test_cells_are_those_of_the_text_table(build: Callable[[], Report]) -> None:
    report = build()
    page = page_of(report)

    for name, table in report.tables.items():
        if not len(table.order):
            continue
        columns = tables.shown_columns(table, report.window)
        shown = page.one("section", id=f"pane-{name}").one("tbody").all("tr")
        assert len(shown) == min(len(table.order), tables.MOST_ROWS)
        if len(shown) < len(table.order):
            continue  # then not those on top, but those with findings
        for row, index in zip(shown, table.order.tolist(), strict=True):
            values = table.rows.row(index)
            for column, cell in zip(columns, row.inside[1:], strict=True):
                said = full_text(column, table.pane.fields, values, UNICODE)
                bars = cell.all("title") if column.kind is Kind.STATES else []
                assert (bars[0] if bars else cell).text == said


def test_letters_stand_beside_every_bar_of_states() -> None:
    bars = [svg for svg in recorded_page().every() if "states" in svg.classes and svg.all("title")]

    assert len(bars) > 10
    for bar in bars:
        letters = [text.text for text in bar.all("text")]
        assert len(letters) == len(bar.all("rect")) == len(bar.one("title").text.split()) / 2


def test_history_is_drawn_from_nothing_to_its_highest() -> None:
    bar = read_page(f"<!DOCTYPE html><html>{series_bar(Series((4, None, 0, 2)))}</html>").one("svg")

    assert bar.one("title").text == "4, –, 0, 2"
    assert [float(rect.attributes["height"]) for rect in bar.all("rect")] == [15, 1, 7.5]


def test_numbers_that_are_rounded_are_whole_in_the_title() -> None:
    sample = make_sample([tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:4", rtt=123456)])
    row = page_of(report_of(sample, "sockets")).one("tbody").one("tr")

    (rtt,) = (cell for cell in row.inside if cell.text == "123ms")
    assert rtt.attributes["title"] == "123,456 us"
    assert rtt.attributes["data-v"] == "123456"


def test_what_is_not_known_is_a_dash_and_no_number() -> None:
    page = page_of(
        report_of(make_sample([tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:4")]), "sockets")
    )

    unknown = [cell for cell in page.one("tbody").all("td", class_="n") if cell.text == "–"]
    assert unknown
    assert all("data-v" not in cell.attributes for cell in unknown)


def test_findings_stand_there_with_evidence_causes_and_explanation() -> None:
    report, page = recorded(), recorded_page()
    articles = page.all("article")

    assert len(articles) == len(report.findings)
    for finding, article in zip(report.findings, articles, strict=True):
        explanation, details = report.explanations[finding.key], article.one("details")
        assert (finding.severity or Severity.INFO).name.lower() in article.classes
        assert finding.subject.text in article.one("h3").text
        assert article.all("p", class_="lead")[0].text == finding.summary
        assert len(article.one("table").one("tbody").all("tr")) == len(finding.evidence)
        assert [head.text for head in details.all("h4")] == [
            s.heading for s in explanation.sections
        ]
        for section in explanation.sections:
            for block in section.blocks:
                assert block.text.replace("`", "") in details.text
        assert "open" in details.attributes


def test_commands_can_be_copied_whole() -> None:
    commands = recorded_page().one("article", id="finding-1").one("pre").text

    assert "\nls /proc/812/fd | wc -l\n" in commands


def test_causes_are_linked_up_to_the_root_and_back() -> None:
    article = recorded_page().one("article", id="finding-3")

    links = {link.attributes["href"]: link.text for link in article.all("a")}
    assert links == {
        "#finding-2": "fd-limit-process java[812]",
        "#finding-1": "close-wait-leak java[812]",
    }


def test_explanations_of_findings_that_are_gone_stay() -> None:
    report = recorded()
    window = replace(report.window, findings=report.findings[1:])
    page = page_of(build_report(window, map(PaneRequest.default, PANES), report.explanations))

    (gone,) = page.all("article", class_="gone")
    assert "java[812]" in gone.one("h3").text
    assert gone.one("pre").text


def test_findings_are_told_without_their_pane() -> None:
    report = recorded()

    assert page_of(replace(report, tables={})).all("article")


def test_rows_link_to_what_was_found_on_them() -> None:
    page = recorded_page()
    processes = page.one("section", id="pane-processes").one("tbody").all("tr")

    (java,) = (row for row in processes if row.one("th").text == "812")
    (link,) = java.all("a")
    assert link.attributes["href"] == "#finding-2"
    assert link.one("span", class_="heard").text.startswith("critical: fd-limit-process")


def large_table(*shares: slice) -> list[list[str]]:
    """Show 2,100 sockets, a finding on each share of them; returns where the rows link to."""
    sockets = [tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.{i >> 8}.{i & 255}:9") for i in range(2100)]
    sample = make_sample(sockets)
    subject = Subject(SubjectKind.HOST, "host", "host")
    keys = [sample.sockets.key[share] for share in shares]
    findings = tuple(
        Finding(f"x-{i}", Severity.WARNING, subject, "", (), sockets=some)
        for i, some in enumerate(keys)
    )
    window = replace(make_window(sample), findings=findings)
    chosen = [PaneRequest.default(pane) for pane in PANES if pane.name == "sockets"]
    section = page_of(build_report(window, chosen)).one("section", id="pane-sockets")
    notes = [squeezed(p.text) for p in section.all("p", class_="lead")]
    assert "On paper the first 200 rows of 2,000 on the page." in notes
    assert notes[-1].startswith("100 more rows are left out of this page. All of them: netinspect")
    rows = section.one("tbody").all("tr")
    return [[link.attributes["href"] for link in row.all("a")] for row in rows]


def test_large_tables_show_rows_with_findings_first_and_say_what_is_left_out() -> None:
    assert large_table(slice(-5, None)) == [["#finding-1"]] * 5 + [[]] * 1995


def test_large_tables_show_as_many_rows_of_each_finding() -> None:
    links = large_table(slice(0, 2050), slice(2050, None))

    assert links == [["#finding-1"]] * 1950 + [["#finding-2"]] * 50


def test_rows_left_out_by_a_filter_are_counted() -> None:
    page = page_of(report_of(web_server(), filter="state listening"))

    assert "the tables leave out 5 sockets" in page.one("dl").text
