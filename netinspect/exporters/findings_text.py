"""Findings as text to read: each with what it comes from, and its explanation where attached."""

from __future__ import annotations

import time
from collections.abc import Iterator

from netinspect.exporters.text_table import encode_line, paper_glyphs
from netinspect.exporters.wrapping import wrap_text
from netinspect.finding import Block, BlockKind, Explanation, Finding, Severity, Trend
from netinspect.humanize import duration_text, limit_text, moment_text
from netinspect.parts import Paper, Report

_WIDTH = 80
_TREND_WORDS = {Trend.RISING: "rising", Trend.STEADY: "steady", Trend.FALLING: "falling"}


class FindingsText:
    """What `netinspect check` prints. dated: say which moment that is: it is not now."""

    name = "text"

    def __init__(self, *, dated: bool = False) -> None:
        self._dated = dated

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the lines."""
        lines = [*findings_lines(report, paper, dated=self._dated)]
        if gaps := [f"! {gap}" for gap in report.coverage.gaps]:
            lines += ["", *gaps]
        for line in lines:
            yield encode_line(line, paper)


def findings_lines(report: Report, paper: Paper, *, dated: bool = False) -> Iterator[str]:
    """Write a line of counts, then every finding."""
    when = f" at {moment_text(report.taken_at)}" if dated else ""
    yield f"{report.host.name}{when}: {count_findings(report.findings)}"
    for finding in report.findings:
        yield ""
        yield from _finding_lines(finding, report, paper)


def count_findings(findings: tuple[Finding, ...]) -> str:
    """Count findings by severity: "2 critical, 1 warning"; "no findings"."""
    counts = [
        (sum(finding.severity is severity for finding in findings), severity.name.lower())
        for severity in sorted(Severity, reverse=True)
    ]
    return ", ".join(f"{count} {name}" for count, name in counts if count) or "no findings"


def explanation_lines(explanation: Explanation, width: int) -> Iterator[str]:
    """Write an explanation as lines of at most this width where words allow it."""
    for section in explanation.sections:
        yield section.heading
        for block in section.blocks:
            yield from _block_lines(block, width)


def _block_lines(block: Block, width: int) -> list[str]:
    if block.kind is BlockKind.COMMAND:
        return [f"    $ {block.text}"]
    first = "  - " if block.kind is BlockKind.ITEM else "  "
    return wrap_text(block.text, width, first)


def _finding_lines(finding: Finding, report: Report, paper: Paper) -> Iterator[str]:
    severity = finding.severity or Severity.INFO
    glyph = getattr(paper_glyphs(paper), severity.name.lower())
    yield f"{glyph} {severity.name} {finding.code}  {finding.subject.text}"
    yield f"    {' · '.join(_details(finding))}"
    for key in finding.causes[:1]:
        cause = next((f for f in report.findings if f.key == key), None)
        if cause is not None:
            yield f"    because of {cause.code}  {cause.subject.text}"
    explanation = report.explanations.get(finding.key)
    if explanation is not None:
        width = (paper.width or _WIDTH) - 4
        yield from (f"    {line}" for line in explanation_lines(explanation, width))


def _details(finding: Finding) -> Iterator[str]:
    yield finding.summary
    if finding.since is not None and finding.seen_at is not None:
        since = f"since {time.strftime('%H:%M:%S', time.localtime(finding.since))}"
        lasted = finding.seen_at - finding.since
        # It may have begun before anybody looked.
        yield f"seen for {duration_text(lasted)}, {since}" if lasted >= 1 else f"seen {since}"
    if finding.trend in (Trend.RISING, Trend.FALLING):
        yield _TREND_WORDS[finding.trend]
    if finding.time_to_limit is not None:
        yield limit_text(finding.time_to_limit)
    if finding.confidence.value != "certain":
        yield finding.confidence.value


EXPORTER = FindingsText()
