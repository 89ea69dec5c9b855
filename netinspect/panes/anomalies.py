"""The pane of findings: what is going wrong, where, how near its limit, since when."""

from __future__ import annotations

from netinspect.finding import Finding, Trend
from netinspect.humanize import coarse_seconds, counted_text, host_text
from netinspect.measures.history import find_new_findings
from netinspect.model import Age, Row, Value, Window
from netinspect.parts import Column, RowList, Rows

_TRENDS = {Trend.RISING: "rising", Trend.STEADY: "steady", Trend.FALLING: "falling", None: None}


class AnomaliesPane:
    """One row per finding, causes before what they cause."""

    name = "anomalies"
    key = "1"
    title = "Anomalies"
    help = "What is going wrong on this host, since when, and what does it come from?"
    fields: tuple[str, ...] = (
        *(
            "place",
            "chain",
            "severity",
            "code",
            "subject",
            "summary",
            "since",
            "trend",
            "time_to_limit",
        ),
        *("cause", "confidence", "pid", "process", "unit", "container", "netns", "runtime"),
        "sockets",
    )
    columns: tuple[Column, ...] = (
        Column("CODE", ("chain",), 24, 0),
        Column("SUBJECT", ("subject",), 26, 0, grow=True),
        Column("WHAT", ("summary",), 24, 1, grow=True),
        Column("SINCE", ("since",), 6, 2),
        Column("LIMIT IN", ("time_to_limit",), 8, 4),
        Column("TREND", ("trend",), 7, 3),
    )
    sort = "place"
    descending = False
    empty = "Findings, the gravest first. Nothing is going wrong as far as the kernel shows."

    def rows(self, window: Window) -> Rows:
        """Return a row per finding, whatever the filter: a filter never hides an anomaly."""
        at, new = window.now.taken_at, find_new_findings(window.trail)
        rows = [_row(i, f, at, is_new=f.key in new) for i, f in enumerate(window.findings)]
        return RowList(self.fields, rows)

    def header(self, window: Window) -> str:
        """Say how many there are."""
        return counted_text(len(window.findings), "finding")


def _row(place: int, finding: Finding, at: float, *, is_new: bool) -> Row:
    subject = finding.subject
    values: tuple[Value, ...] = (
        place,
        _chain(finding),
        None if finding.severity is None else finding.severity.name.lower(),
        finding.code,
        subject.text,
        finding.summary,
        None if finding.since is None else coarse_seconds(at - finding.since),
        _TRENDS[finding.trend],
        finding.time_to_limit,
        finding.causes[0].code if finding.causes else None,
        finding.confidence.value,
        subject.pid,
        subject.name,
        subject.unit,
        subject.container,
        subject.netns or None,
        finding.runtime,
        len(finding.sockets),
    )
    age = Age.NEW if is_new else Age.SETTLED
    return Row(tuple(finding.key), values, _drill(finding), age)


def _chain(finding: Finding) -> str:
    """Write the code, indented below what it comes from."""
    depth = len(finding.causes)
    return f"{'  ' * (depth - 1)}└ {finding.code}" if depth else finding.code


def _drill(finding: Finding) -> str | None:
    """Return the filter that shows the sockets concerned."""
    subject = finding.subject
    terms = []
    if subject.remote_addr is not None and subject.remote_port is not None:
        terms.append(f"dst {host_text(subject.remote_addr)} and rport {subject.remote_port}")
    elif subject.local_port is not None:
        terms.append(f"lport {subject.local_port}")
    elif subject.pid is not None:
        terms.append(f"pid {subject.pid}")
    return " and ".join(terms) or None


PANE = AnomaliesPane()
