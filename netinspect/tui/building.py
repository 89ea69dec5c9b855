"""What the feed's threads compute: the findings of a Sample, the Report of a moment.

Imports numpy only when called, in a thread: the first frame does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netinspect.tui.messages import ReportReady, View
from netinspect.tui.past import Held

if TYPE_CHECKING:
    from netinspect.diagnosis import History, Judgement
    from netinspect.finding import Explanation, Finding, FindingKey
    from netinspect.model import Sample
    from netinspect.parts import Pane


def diagnose_sample(
    sample: Sample, before: Sample | None, history: History | None, judgement: Judgement | None
) -> tuple[tuple[Finding, ...], History]:
    """Find what is wrong in a Sample, going on from the one before."""
    from netinspect.diagnosis import History, Judgement, diagnose
    from netinspect.query import Query
    from netinspect.report import build_window

    window = build_window(sample, before, Query())
    diagnosis = diagnose(window, history or History(), judgement or Judgement())
    return diagnosis.findings, diagnosis.history


def build_ready(
    panes: tuple[Pane, ...],
    view: View,
    held: Held,
    explanations: Mapping[FindingKey, Explanation],
    *,
    visited: bool,
) -> ReportReady:
    """Build the Report a View needs of a moment. explanations: attached now, beside its own."""
    from netinspect.query import parse_query
    from netinspect.report import PaneRequest, build_report, build_window

    moment = held.moment
    query = parse_query(view.filter)
    window = build_window(moment.sample, moment.before, query, findings=moment.findings)
    by_name = {pane.name: pane for pane in panes}
    requests = [
        PaneRequest(by_name[shown.pane], shown.sort, shown.descending, view.marked_only)
        for shown in view.panes
    ]
    report = build_report(window, requests, {**moment.explanations, **explanations})
    headers = {request.pane.name: request.pane.header(window) for request in requests}
    return ReportReady(report, headers, view, held.place, visited)
