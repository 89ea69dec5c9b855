"""What the feed's threads compute: the findings of a Sample, the Report of a moment.

Imports numpy only when called, in a thread: the first frame does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from netinspect.tui.messages import ReportReady, View
from netinspect.tui.past import Held

if TYPE_CHECKING:
    from netinspect.diagnosis import History, Judgement
    from netinspect.finding import Explanation, Finding, FindingKey
    from netinspect.model import Sample, Trail
    from netinspect.parts import Pane


class Judged(NamedTuple):
    """What a Sample shows, and what to remember for the next one."""

    findings: tuple[Finding, ...]
    history: History
    trail: Trail


def judge_sample(
    sample: Sample, before: Sample | None, last: Judged | None, judgement: Judgement | None
) -> Judged:
    """Find what is wrong in a Sample, going on from the one before."""
    from netinspect.diagnosis import History, Judgement, diagnose
    from netinspect.measures.steps import take_step
    from netinspect.model import NO_TRAIL
    from netinspect.query import Query
    from netinspect.report import build_window

    window = build_window(sample, before, Query())
    history, trail = (last.history, last.trail) if last else (History(), NO_TRAIL)
    diagnosis = diagnose(window, history, judgement or Judgement())
    found = diagnosis.findings
    step = take_step(replace(window, findings=found))
    return Judged(found, diagnosis.history, trail.add(step))


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
    window = build_window(
        moment.sample, moment.before, query, findings=moment.findings, trail=held.trail
    )
    by_name = {pane.name: pane for pane in panes}
    requests = [
        PaneRequest(by_name[shown.pane], shown.sort, shown.descending, view.marked_only)
        for shown in view.panes
    ]
    report = build_report(window, requests, {**moment.explanations, **explanations}, gone=query)
    headers = {request.pane.name: request.pane.header(window) for request in requests}
    return ReportReady(report, headers, view, held.place, visited, moment.explanations)
