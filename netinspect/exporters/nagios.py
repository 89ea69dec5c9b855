"""Findings as the Monitoring Plugins line: status, text, performance data."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.findings_text import count_findings
from netinspect.finding import Finding, Severity
from netinspect.parts import Paper, Report

_STATUS = {Severity.CRITICAL: "CRITICAL", Severity.WARNING: "WARNING"}
_MOST_NAMED = 3


class Nagios:
    """What `netinspect check --format nagios` prints: one line, then a line per finding."""

    name = "nagios"

    def __init__(self, least: Severity = Severity.WARNING) -> None:
        """least: what is less grave is OK."""
        self._least = least

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the lines."""
        grave = [f for f in report.findings if (f.severity or Severity.INFO) >= self._least]
        worst = max((f.severity for f in grave if f.severity is not None), default=None)
        status = "OK" if worst is None else _STATUS.get(worst, "WARNING")
        text = count_findings(report.findings)
        named = ", ".join(f"{f.code} {f.subject.text}" for f in grave[:_MOST_NAMED])
        data = " ".join(_performance(report))
        yield _line(f"NETINSPECT {status} - {text}{': ' if named else ''}{named}", data)
        for finding in report.findings:
            severity = (finding.severity or Severity.INFO).name
            yield _line(f"{severity} {finding.code} {finding.subject.text}: {finding.summary}")
        for gap in report.coverage.gaps:
            yield _line(gap)


def _performance(report: Report) -> Iterator[str]:
    for severity in sorted(Severity, reverse=True):
        count = sum(finding.severity is severity for finding in report.findings)
        yield f"{severity.name.lower()}={count};;;0"
    yield f"sockets={report.coverage.sockets};;;0"
    for finding in report.findings:
        if finding.level is not None:
            yield _label(finding) + f"={finding.level:g};;{_number(finding.limit)};0"


def _label(finding: Finding) -> str:
    """Name a value; the format allows neither `=` nor a quote in a label."""
    name = f"{finding.code} {finding.subject.text}".replace("=", "_").replace("'", "_")
    return "'" + name.replace("|", "_") + "'"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _line(text: str, data: str = "") -> bytes:
    clean = text.replace("|", "/")
    return (f"{clean} | {data}\n" if data else f"{clean}\n").encode("utf-8", "backslashreplace")


EXPORTER = Nagios()
