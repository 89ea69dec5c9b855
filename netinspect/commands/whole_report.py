"""A Window → the Report that a file of a moment holds, as its format wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netinspect.finding import Explanation, FindingKey
    from netinspect.model import Window
    from netinspect.parts import Exporter, Report
    from netinspect.redaction import Redactor

FORMATS = ("json", "ndjson", "csv", "html", "text")
"""The names of the exporters of a whole Report, in the order in which they are offered."""

TO_READ = ("html", "text")
"""Those with panes and without unix sockets; the others hold sockets as they are."""


def find_exporter(name: str) -> Exporter:
    """Find the exporter of one of FORMATS."""
    from netinspect.exporters import REPORT_EXPORTERS

    return next(exporter for exporter in REPORT_EXPORTERS if exporter.name == name)


def build_whole_report(
    window: Window,
    form: str,
    attached: Mapping[FindingKey, Explanation],
    redactor: Redactor | None = None,
) -> Report:
    """Build the Report that a format writes, redacted where that is asked for.

    A page is for somebody who may have nothing else: what is grave is explained there, attached or
    not.
    """
    from netinspect.panes import PANES
    from netinspect.report import PaneRequest, build_report

    if form == "html":
        attached = {**_explain_grave(window), **attached}
    if redactor is not None:
        window = redactor.redact_window(window)
        attached = redactor.redact_explanations(attached)
    panes = PANES if form in TO_READ else ()
    return build_report(window, map(PaneRequest.default, panes), attached)


def _explain_grave(window: Window) -> dict[FindingKey, Explanation]:
    from netinspect.explanations import explain_finding
    from netinspect.finding import Severity

    findings = (f for f in window.findings if (f.severity or Severity.INFO) >= Severity.WARNING)
    return {finding.key: explain_finding(finding) for finding in findings}
