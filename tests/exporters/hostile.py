"""Reports in which every text is an attack on whoever reads them in a browser."""

from __future__ import annotations

from dataclasses import replace

from netinspect.finding import (
    Block,
    BlockKind,
    Evidence,
    Explanation,
    Finding,
    FindingKey,
    Section,
    Severity,
    Subject,
    SubjectKind,
    Unit,
)
from netinspect.model import Host, Note, Sample
from netinspect.panes import PANES
from netinspect.parts import Report
from netinspect.query import Query
from netinspect.report import PaneRequest, build_report, build_window
from tests.samples import make_sample, process, tcp, unix

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></script><b>",
    "--><!--<svg/onload=alert(1)>",
    "&lt;i&gt;&#60;",
    "`<u>`",
    "\u202egnp.exe",
    "\x1b[31m\x00\r\n\t",
    "http://evil.example/",
    "javascript:alert(1)",
)


def hostile(attack: str) -> Report:
    """Put an attack wherever a host, a dump or somebody's snapshot can put text."""
    host = Host(name=attack, kernel=attack)
    people = {"user": attack, "unit": attack, "container": attack, "cmdline": (attack, attack)}
    sample: Sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[7], recv_q=3, send_q=2), unix(attack, pids=[7])],
        [process(7, attack, comm=attack, exe=attack, **people)],
        notes=[Note(attack, attack, attack, count=2)],
        host=host,
    )
    sample = replace(sample, origin=attack)
    subject = Subject(
        *(SubjectKind.PROCESS, attack, attack),
        process=sample.processes[7].key,
        name=attack,
        unit=attack,
        container=attack,
    )
    evidence = (
        Evidence(attack, attack, Unit.TEXT, attack),
        Evidence("n", 1, source=attack, limit=2),
    )
    finding = Finding(
        *("x-y", Severity.CRITICAL, subject, attack, evidence),
        disproof=attack,
        runtime=attack,
        title=attack,
        since=1.0,
        seen_at=5.0,
        sockets=sample.sockets.key[:1],
    )
    caused = replace(finding, code="y-z", causes=(finding.key,))
    blocks = tuple(Block(kind, attack) for kind in BlockKind)
    explanation = Explanation(attack, attack, attack, 1.0, (Section(attack, blocks),))
    window = build_window(sample, None, Query(), with_unix=True, findings=(finding, caused))
    attached = {finding.key: explanation, FindingKey("gone", "gone"): explanation}
    return build_report(window, map(PaneRequest.default, PANES), attached)
