"""An Incident as text to read: what an error means, its causes, what speaks for and against."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from netinspect.candidates import Candidate, Verdict
from netinspect.cells.evidence import evidence_text
from netinspect.commands.incident import Cause, Incident
from netinspect.commands.port_text import holder_lines
from netinspect.errortexts.summary import LogSummary
from netinspect.exporters.wrapping import wrap_text
from netinspect.finding import Finding, Severity
from netinspect.humanize import duration_text
from netinspect.model import Proto
from netinspect.parts import Paper
from netinspect.report import build_coverage
from netinspect.rules import port_in_use
from netinspect.scope import Fit, Scope

WIDTH = 80
_MOST_GROUPS = 20
_MOST_NUMBERS = 6
_HEADS = {
    Verdict.FOUND: "Found on this host now",
    Verdict.UNSEEN: "Possible, but nothing of it is seen now",
    Verdict.EXCLUDED: "Excluded by what this host shows now",
}


def incident_lines(incident: Incident, paper: Paper) -> Iterator[str]:
    """Write what a text means."""
    width = paper.width or WIDTH
    if incident.is_log:
        yield from _summary_lines(incident.summary, incident.lines)
        yield ""
    for cause in incident.causes:
        yield from _cause_lines(cause, incident, width)
        yield ""
    for gap in build_coverage(incident.window.now).gaps:
        yield f"! {gap}"


def finding_line(finding: Finding) -> str:
    """Write a finding in one line."""
    severity = (finding.severity or Severity.INFO).name
    age = ""
    if finding.since is not None and finding.seen_at is not None:
        seconds = finding.seen_at - finding.since
        age = f", for {duration_text(seconds)}" if seconds >= 1 else ""
    return f"{severity} {finding.subject.text}: {finding.summary}{age}"


def _summary_lines(summary: LogSummary, lines: int) -> Iterator[str]:
    yield f"{lines:,} lines, {summary.errors:,} errors of connections"
    yield f"  {'COUNT':>8}  {'ERROR':<20} {'TOWARDS':<26} FIRST … LAST"
    for group in summary.ranked[:_MOST_GROUPS]:
        first = group.first
        span = " … ".join(filter(None, dict.fromkeys((group.first_at, group.last_at))))
        where = first.towards or "–"
        yield f"  {group.count:>8,}  {first.error.name:<20} {where:<26} {span}"
    rest = len(summary.groups) - _MOST_GROUPS
    if rest > 0 or summary.others:
        more = sum(group.count for group in summary.ranked[_MOST_GROUPS:]) + summary.others
        yield f"  {more:>8,}  of other kinds, or towards other ends"


def _cause_lines(cause: Cause, incident: Incident, width: int) -> Iterator[str]:
    sighting, error = cause.sighting, cause.sighting.error
    yield from wrap_text(f"{error.name}: {error.meaning}", width, "", "  ")
    yield from wrap_text(f"line {sighting.line}: {sighting.text}", width, "  ", "    ")
    where = list(_where(cause))
    if where:
        yield f"  {' · '.join(where)}"
    if cause.gone is not None:
        yield f"  there is no process {cause.gone} now: it has ended, or ran elsewhere"
    if error.unseen:
        yield from wrap_text(f"no kernel evidence can exist: {error.unseen}", width, "  ", "  ")
    if cause.scope.port is not None and port_in_use.CODE in error.codes:
        proto = Proto.UDP if sighting.udp else Proto.TCP
        yield from holder_lines(incident.window, cause.scope, proto)
    yield from _candidate_lines(cause, width)
    if cause.advice:
        yield "What else to look at"
        for line in cause.advice:
            yield from wrap_text(line, width, "  - ")


def _where(cause: Cause) -> Iterator[str]:
    scope = cause.scope
    if scope.ends:
        local = port_in_use.CODE in cause.sighting.error.codes
        yield f"{'at' if local else 'towards'} {scope.ends[0].text}"
    elif cause.sighting.peer:
        yield f"towards {cause.sighting.peer}"
    if scope.pid is not None:
        yield f"pid {scope.pid}"
    if cause.sighting.runtime:
        yield cause.sighting.runtime


def _candidate_lines(cause: Cause, width: int) -> Iterator[str]:
    for verdict, head in _HEADS.items():
        candidates = [one for one in cause.candidates if one.verdict is verdict]
        if candidates:
            yield head
        for candidate in candidates:
            number = cause.candidates.index(candidate) + 1
            title = f"{number}. {candidate.code}: {candidate.title}"
            yield from wrap_text(title, width, "  ", "     ")
            yield from _evidence_lines(candidate, cause, width)


def _evidence_lines(candidate: Candidate, cause: Cause, width: int) -> Iterator[str]:
    for finding in candidate.found:
        yield from wrap_text(f"for: {finding_line(finding)}", width, "     ", " " * 10)
        numbers = "; ".join(_numbers(finding))
        yield from wrap_text(numbers, width, " " * 10)
        if finding.disproof:
            yield from wrap_text(
                f"against it would be: {finding.disproof}", width, "     ", " " * 10
            )
    if candidate.found and candidate.fit is Fit.POSSIBLE and (cause.scope.ends or cause.scope.pid):
        yield "     against: it does not name this connection, and may be about others"
    if candidate.follows:
        yield f"     because of: {', '.join(candidate.follows)}"
    if candidate.absence is not None:
        yield from wrap_text(f"against: {candidate.absence.text}", width, "     ", " " * 14)
    for finding in candidate.elsewhere[:2]:
        yield from wrap_text(f"elsewhere: {finding_line(finding)}", width, "     ", " " * 16)
    if candidate.found:
        yield f"     read on: {explain_command(candidate, cause.scope)}"


def _numbers(finding: Finding) -> Iterator[str]:
    """Write the numbers a finding rests on, those that were compared first."""
    known = [e for e in finding.evidence if e.value is not None and e.source]
    known.sort(key=lambda evidence: evidence.limit is None)
    for evidence in known[:_MOST_NUMBERS]:
        limit = evidence_text(replace(evidence, value=evidence.limit))
        compared = f", compared with {limit}" if any("1" <= c <= "9" for c in limit) else ""
        name = evidence.name.replace("_", " ")
        yield f"{name} {evidence_text(evidence)}{compared} ({evidence.source})"


def explain_command(candidate: Candidate, scope: Scope) -> str:
    """Write the command that explains a cause at the same place."""
    words = ["netinspect", "explain", candidate.code]
    if scope.port is not None and scope.address is not None:
        words += ["--to", scope.ends[0].text]
    elif scope.port is not None:
        words += ["--port", str(scope.port)]
    elif scope.pid is not None:
        words += ["--pid", str(scope.pid)]
    return shlex.join(words)
