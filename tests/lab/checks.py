"""Looking at a namespace as `netinspect check` does, and confirming by hand what is found there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing

from netinspect.diagnosis import Diagnosis, History, Judgement, diagnose
from netinspect.explanations import explain_finding
from netinspect.finding import BlockKind, Finding
from netinspect.model import Sample
from netinspect.parts import Rule
from netinspect.query import Query
from netinspect.report import build_window
from netinspect.rules import RULES
from netinspect.sources import SourceOptions, open_source
from tests.lab.netns import Namespace

Thresholds = Mapping[str, Mapping[str, float]]


def check(
    inside: Namespace,
    thresholds: Thresholds | None = None,
    *,
    samples: int = 3,
    interval: float = 0.2,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """Take a few Samples in a namespace; return what is told after the last one."""
    judgement = Judgement(thresholds or {}, patience=samples)
    diagnosis = Diagnosis((), History())
    before: Sample | None = None
    options = SourceOptions(live=False, interval=interval)
    with inside.entered(), closing(open_source(options)) as source:
        for _ in range(samples):
            now = source.read()
            window = build_window(now, before, Query())
            diagnosis = diagnose(window, diagnosis.history, judgement, rules)
            before = now
    return diagnosis.findings


def find(findings: Sequence[Finding], code: str) -> Finding | None:
    """Return the first finding with this code."""
    return next((finding for finding in findings if finding.code == code), None)


def confirm(inside: Namespace, finding: Finding) -> list[str]:
    """Run every command of "How to confirm" with the finding's values; return what they print."""
    sections = explain_finding(finding).sections
    blocks = [b for s in sections if s.heading == "How to confirm" for b in s.blocks]
    commands = [block.text for block in blocks if block.kind is BlockKind.COMMAND]
    assert commands, f"{finding.code} has no command to confirm it with"
    return [inside.run("sh", "-c", command) for command in commands]
