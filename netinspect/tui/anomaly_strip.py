"""The gravest findings in at most three lines above the tabs, whatever pane is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from netinspect.humanize import coarse_seconds, duration_text
from netinspect.tui.line import Line, Part

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.finding import Finding
    from netinspect.parts import Report

_LINES = 3
_ROWS_PER_LINE = 8  # of the screen: a low one keeps its rows for the panes
_STYLES = {"CRITICAL": "critical", "WARNING": "warning", "INFO": "muted"}


class AnomalyStrip(Vertical):
    """Shows nothing, and takes no room, while nothing is wrong."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="strip")
        self._glyphs = glyphs
        self._lines = [Line(id=f"strip-{i}", separator="  ") for i in range(_LINES)]

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield from self._lines

    def show_report(self, report: Report, *, room: bool) -> None:
        """Show the gravest findings of a Report; room: there is place for the strip."""
        grave = [f for f in report.findings if f.severity is not None and f.severity.value > 0]
        grave.sort(key=lambda finding: -(finding.severity or 0))
        most = max(1, min(_LINES, self.app.size.height // _ROWS_PER_LINE))
        shown, rest = grave[:most], len(grave[most:])
        width = max((len(finding.code) for finding in shown), default=0)
        for place, line in enumerate(self._lines):
            line.display = place < len(shown)
            if line.display:
                last = place == most - 1
                line.show(self._parts(shown[place], report, width, rest if last else 0))
        self.display = room and bool(grave)

    def _parts(self, finding: Finding, report: Report, width: int, more: int) -> list[Part]:
        severity = finding.severity.name if finding.severity is not None else "INFO"
        glyph = getattr(self._glyphs, severity.lower())
        style = _STYLES[severity]
        words = f"{glyph} {severity[:4]} {finding.code:<{width}}"
        parts = [
            Part(words, style, 0, "app.go('anomalies')"),
            Part(finding.subject.text, "strong", 0),
            Part(finding.summary, "plain", 0),
        ]
        if finding.since is not None and finding.seen_at is not None:
            age = finding.seen_at - finding.since
            if age >= 10:
                parts.append(Part(f"since {duration_text(coarse_seconds(age))}", "muted", 4))
        if finding.key in report.explanations:
            parts.append(Part("attached", "strong", 3))
        if more:
            parts.append(Part(f"+{more} more", "muted", 0))
        return parts
