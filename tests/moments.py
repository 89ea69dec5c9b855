"""Moments written by hand, with all that a snapshot can hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netinspect.explanations import explain_finding
from netinspect.exporters.snapshot_json import EXPORTER
from netinspect.finding import (
    Block,
    BlockKind,
    Explanation,
    Finding,
    FindingKey,
    Growth,
    Section,
    Severity,
)
from netinspect.model import Sample, Window
from netinspect.parts import Paper, Report
from netinspect.query import Query
from netinspect.recording.timeline import Moment
from netinspect.report import build_report, build_window
from netinspect.sources.opened import judge
from tests.samples import make_sample, process, tcp, udp, unix

EVERYTHING = Query()
GONE = FindingKey("close-wait-leak", "4/5")


def busy_server(at: float = 2.0, drops: int = 7) -> Sample:
    """Make a host whose accept queue is full, with sockets of every kind."""
    return make_sample(
        [
            tcp(
                *("LISTEN", "0.0.0.0:80"),
                pids=[701, 702],
                recv_q=129,
                send_q=128,
                drops=drops,
                cgroup=2**60,
            ),
            tcp(
                *("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:41000"),
                pids=[702],
                recv_q=1,
                send_q=0,
                rtt=3,
                bytes_acked=1000 + int(at) * 7,
            ),
            tcp(99, "[::1]:80", "[2001:db8::1]:5", timer=9, backlog=11, key=2**64 - 1),
            udp("[::]:53", pids=[900], v6only=0),
            unix("@bus", pids=[900]),
        ],
        [process(701, "nginx"), process(702, "nginx", thread_names={"io": 3}), process(900, "x")],
        at=at,
    )


def busy_moment() -> Moment:
    """Make a moment with findings and explanations, attached to one of them and to none."""
    now, before = busy_server(), busy_server(at=0.0, drops=3)
    findings = judge(now, before)
    assert findings, "the accept queue is full"
    grown = replace(
        findings[0],
        growth=Growth(Severity.CRITICAL, 60.0, 600.0),
        critical_hold=5,
        time_to_limit=12.5,
        causes=(GONE,),
    )
    attached = {grown.key: explain_finding(grown), GONE: _explanation()}
    return Moment(now, before, (grown, *findings[1:]), attached)


def _explanation() -> Explanation:
    block = Block(BlockKind.COMMAND, "ss -tan | head")
    return Explanation(GONE.code, "gone", "app[4]", 1.5, (Section("How to confirm", (block,)),))


def window_of(moment: Moment, query: Query = EVERYTHING) -> Window:
    """Build the Window a moment is shown in, unix sockets included."""
    return build_window(
        moment.sample, moment.before, query, with_unix=True, findings=moment.findings
    )


def report_of(moment: Moment) -> Report:
    """Build the Report of a moment, without a pane."""
    return build_report(window_of(moment), (), moment.explanations)


def document_of(moment: Moment) -> bytes:
    """Write a moment as a snapshot."""
    return b"".join(EXPORTER.write(report_of(moment), Paper()))


def same_finding(one: Finding, other: Finding) -> bool:
    """Compare findings, and the sockets that comparing them leaves out."""
    return one == other and np.array_equal(one.sockets, other.sockets)
