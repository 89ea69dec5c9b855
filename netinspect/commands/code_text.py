"""What a code means: with the numbers of what was found, or in general and what speaks against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netinspect.candidates import Candidate, judge_code
from netinspect.commands.incident_text import WIDTH, finding_line
from netinspect.commands.port_text import holder_lines
from netinspect.explanations import explain_code, explain_finding
from netinspect.exporters.findings_text import explanation_lines
from netinspect.exporters.wrapping import wrap_text
from netinspect.finding import Finding
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import find_port_holders
from netinspect.model import Proto, Window
from netinspect.parts import Paper, Threshold
from netinspect.rules import RULES, port_in_use
from netinspect.scope import Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """What this host shows of one anomaly."""

    candidate: Candidate
    scope: Scope
    window: Window

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what is to be explained with its numbers."""
        return self.candidate.found

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Return what the anomaly's rule compares with."""
        return next((rule.thresholds for rule in RULES if rule.code == self.candidate.code), ())


def answer_code(code: str, scope: Scope, facts: Facts) -> Answer:
    """Judge one anomaly at a place."""
    return Answer(judge_code(code, scope, facts, facts.window.findings), scope, facts.window)


def code_lines(answer: Answer, paper: Paper) -> Iterator[str]:
    """Explain a code."""
    width = paper.width or WIDTH
    if answer.candidate.code == port_in_use.CODE and answer.scope.port is not None:
        yield from _port_lines(answer)
        yield ""
    for finding in answer.findings:
        yield finding_line(finding)
        yield from explanation_lines(explain_finding(finding), width)
        yield ""
    if not answer.findings:
        yield from _general_lines(answer, width)
    if answer.thresholds:
        yield f"Thresholds (--set {answer.candidate.code}.NAME=VALUE)"
        for threshold in answer.thresholds:
            yield f"  {threshold.name:<24}{threshold.default:<10g}{threshold.help}"


def _port_lines(answer: Answer) -> Iterator[str]:
    yield from holder_lines(answer.window, answer.scope)
    if find_port_holders(answer.window.now, answer.scope.port or 0, proto=Proto.UDP):
        yield from holder_lines(answer.window, answer.scope, Proto.UDP)


def _general_lines(answer: Answer, width: int) -> Iterator[str]:
    candidate = answer.candidate
    general = explain_code(candidate.code)
    yield f"{candidate.code}: {general.title}"
    yield from explanation_lines(general, width)
    yield ""
    yield "On this host now"
    against = f": {candidate.absence.text}" if candidate.absence else ""
    yield from wrap_text(f"{candidate.verdict.value}{against}", width, "  ")
    for finding in candidate.elsewhere:
        yield from wrap_text(f"elsewhere: {finding_line(finding)}", width, "  ", "    ")
    yield ""
