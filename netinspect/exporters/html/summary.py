"""What a page says of the whole host: the verdict, when and how it was read, and what was not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netinspect.exporters.findings_text import count_findings
from netinspect.exporters.html.bars import in_order, state_swatch
from netinspect.exporters.html.markup import Markup, tag
from netinspect.exporters.html.prose import clock
from netinspect.exporters.html.tables import severity_glyph, severity_word
from netinspect.exporters.text_report import note_text
from netinspect.finding import Severity
from netinspect.humanize import counted_text
from netinspect.measures.states import count_states, is_tcp
from netinspect.model import Proto, Window
from netinspect.parts import Report


def summary_header(report: Report) -> Markup:
    """Write who and when, and the verdict."""
    return tag(
        "header",
        tag("p", "netinspect report", class_="brand"),
        tag("h1", report.host.name),
        _verdict(report),
        *(tag("p", "! ", gap, class_="gap warning") for gap in report.coverage.gaps),
        tag("dl", *(tag("div", tag("dt", k), tag("dd", v)) for k, v in _facts(report))),
        _states(report.window),
    )


def navigation(report: Report) -> Markup:
    """Link to every part of the page."""
    links = [
        tag("a", f"{t.pane.title} ", tag("b", f"{len(t.order):,}"), href=f"#pane-{t.pane.name}")
        for t in report.tables.values()
    ]
    return tag("nav", *links, tag("a", "Coverage", href="#coverage"), aria_label="Parts")


def coverage_section(report: Report) -> Markup:
    """Say what could not be read, and what to do about it."""
    coverage = report.coverage
    gaps = [coverage.summary] if coverage.summary else []
    lines = [*gaps, *map(note_text, coverage.notes)]
    said = tag("ul", *(tag("li", line) for line in lines))
    if not lines:
        said = tag("p", "Nothing was refused.")
    return tag("section", tag("h2", "What could not be read"), said, id="coverage")


def _verdict(report: Report) -> Markup:
    worst = max((f.severity or Severity.INFO for f in report.findings), default=None)
    level = "good" if worst is None else severity_word(worst)
    glyph = "✓" if worst is None else severity_glyph(worst)
    words = count_findings(report.findings)
    return tag("p", tag("span", glyph, aria_hidden="true"), f" {words}", class_=f"verdict {level}")


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    sample, coverage = report.window.now, report.coverage
    yield "taken", clock(report.taken_at)
    if report.host.kernel:
        yield "kernel", report.host.kernel
    tcp = int(is_tcp(sample.sockets).sum())
    yield "sockets", f"{coverage.sockets:,}, of which {tcp:,} TCP"
    yield "processes", f"{coverage.processes:,}"
    yield "read from", sample.origin
    if report.window.elapsed is not None:
        yield "rates over", f"{report.window.elapsed:.1f} s"
    left_out = int(np.count_nonzero((sample.sockets.proto != Proto.UNIX) & ~report.window.selected))
    if left_out:
        yield "filter", f"the tables leave out {counted_text(left_out, 'socket')}"


def _states(window: Window) -> Markup:
    """Count the TCP sockets of the host by state; tells at once what each letter stands for."""
    sockets = window.now.sockets
    state = sockets.state[is_tcp(sockets)]
    counts = count_states(np.zeros(len(state), np.int64), state, 1).by_name(0)
    if not counts:
        return Markup()
    return tag("ul", *(_state(name, counts[name]) for name in in_order(counts)), class_="legend")


def _state(name: str, count: int) -> Markup:
    return tag("li", state_swatch(name), f" {name} ", tag("b", f"{count:,}"))
