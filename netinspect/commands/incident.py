"""What `explain` tells: an error, its causes by the evidence this host shows, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from netinspect.absence import describe_absence
from netinspect.candidates import Candidate, Ranking, Scope
from netinspect.errortexts.recognise import Sighting
from netinspect.errortexts.summary import LogSummary
from netinspect.explanations import explain_code, explain_finding
from netinspect.exporters.findings_text import explanation_lines
from netinspect.exporters.json_values import coverage_object, host_object, time_text
from netinspect.finding import Finding, Severity
from netinspect.humanize import duration_text
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import PortHolder, find_port_holders
from netinspect.measures.subjects import process_text
from netinspect.model import Window
from netinspect.parts import Paper
from netinspect.report import build_coverage
from netinspect.rules import RULES, port_in_use

SCHEMA = "netinspect.explanation/1"
_WIDTH = 80
_MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """One error, where it happened, and what can be behind it."""

    sighting: Sighting
    scope: Scope
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Incident:
    """What a text tells and what this host shows. summary: of a whole log, else None."""

    summary: LogSummary | None
    causes: tuple[Cause, ...]
    window: Window


def code_lines(code: str, window: Window, scope: Scope, paper: Paper) -> Iterator[str]:
    """Explain a code: with each finding's numbers, or in general and what speaks against it."""
    width = paper.width or _WIDTH
    facts = Facts(window)
    found = [f for f in window.findings if f.code == code and scope.covers(f)]
    if code == port_in_use.CODE and scope.port is not None:
        found = list(port_in_use.find_port_in_use(facts, scope.port))
        yield from _holder_lines(window, scope.port)
        yield ""
    for finding in found:
        yield _finding_line(finding)
        yield from explanation_lines(explain_finding(finding), width)
        yield ""
    if not found:
        general = explain_code(code)
        yield f"{code}: {general.title}"
        yield from explanation_lines(general, width)
        yield ""
        if code == port_in_use.CODE:
            yield "Name the port: netinspect explain port-in-use --port N"
        else:
            yield "On this host now"
            against = describe_absence(code, facts, scope.port, scope.pid)
            yield f"  not found{f': {against}' if against else ''}"
    yield from _threshold_lines(code)


def incident_lines(incident: Incident, paper: Paper) -> Iterator[str]:
    """Write what a text means."""
    width = paper.width or _WIDTH
    if incident.summary is not None:
        yield from _summary_lines(incident.summary)
        yield ""
    for cause in incident.causes:
        yield from _cause_lines(cause, incident.window, width)
        yield ""
    summary = build_coverage(incident.window.now).summary
    if summary:
        yield f"! {summary}"


def _summary_lines(summary: LogSummary) -> Iterator[str]:
    yield f"{summary.lines:,} lines, {summary.errors:,} errors of connections"
    yield f"  {'COUNT':>8}  {'ERROR':<18} {'TOWARDS':<26} FIRST … LAST"
    for group in summary.ranked[:_MOST_GROUPS]:
        first = group.first
        span = " … ".join(filter(None, dict.fromkeys((group.first_at, group.last_at))))
        where = first.endpoint or "–"
        yield f"  {group.count:>8,}  {first.error.name:<18} {where:<26} {span}"
    rest = len(summary.groups) - _MOST_GROUPS
    if rest > 0:
        yield f"  … {rest:,} more kinds"


def _cause_lines(cause: Cause, window: Window, width: int) -> Iterator[str]:
    sighting, ranking = cause.sighting, cause.ranking
    yield f"{sighting.error.name}: {sighting.error.meaning}"
    yield from _wrapped(f"line {sighting.line}: {sighting.text}", width, "  ")
    where = list(_where(cause))
    if where:
        yield f"  {' · '.join(where)}"
    if not sighting.error.evidence:
        yield "  no kernel evidence can exist for this: it happened inside the program"
    elif sighting.error.name == "port-in-use" and cause.scope.port is not None:
        yield from _holder_lines(window, cause.scope.port)
    yield from _ranked_lines(ranking, width)
    for advice in sighting.error.advice:
        yield from _wrapped(f"- {advice}", width, "  ")


def _where(cause: Cause) -> Iterator[str]:
    scope = cause.scope
    if scope.address is not None:
        yield f"towards {scope.address}" + (f" port {scope.port}" if scope.port else "")
    elif scope.port is not None:
        yield f"port {scope.port}"
    if scope.pid is not None:
        yield f"pid {scope.pid}"
    if cause.sighting.runtime:
        yield cause.sighting.runtime


def _ranked_lines(ranking: Ranking, width: int) -> Iterator[str]:
    number = 0
    if ranking.likely:
        yield "Found on this host now"
    for candidate in ranking.likely:
        number += 1
        yield f"  {number}. {candidate.code}: {candidate.title}"
        for finding in candidate.found:
            yield from _wrapped(f"for: {_finding_line(finding)}", width, "     ")
        yield f"     read on: netinspect explain {candidate.code}"
    if ranking.possible:
        yield "Possible, nothing seen of it now" if ranking.likely else "Possible causes"
    for candidate in ranking.possible:
        number += 1
        yield from _wrapped(f"{number}. {candidate.code}: {candidate.title}", width, "  ")
        yield from _elsewhere_lines(candidate, width)
    if ranking.excluded:
        yield "Speaks against, at this moment"
    for candidate in ranking.excluded:
        yield from _wrapped(f"- {candidate.code}: {candidate.absence}", width, "  ")
        yield from _elsewhere_lines(candidate, width)


def _elsewhere_lines(candidate: Candidate, width: int) -> Iterator[str]:
    for finding in candidate.elsewhere[:2]:
        yield from _wrapped(f"elsewhere: {_finding_line(finding)}", width, "     ")


def _holder_lines(window: Window, port: int) -> Iterator[str]:
    holders = find_port_holders(window.now, port)
    yield f"Sockets on port {port} now, TCP" if holders else f"No TCP socket has port {port} now"
    for holder in holders:
        yield f"  {_holder_text(holder)}"


def _holder_text(holder: PortHolder) -> str:
    """Write e.g. "listener 127.0.0.1:8080  java[812]  in the way unless …"."""
    owners = ", ".join(process_text(process) for process in holder.processes)
    parts = [holder.role.value, holder.local]
    if holder.remote:
        parts.append(f"→ {holder.remote}")
    parts.append(owners or "no visible owner")
    if holder.seconds_left is not None:
        parts.append(f"{duration_text(holder.seconds_left)} left")
    if holder.inferred:
        parts.append("(role concluded)")
    if holder.mixed:
        parts.append("held by different programs: inherited")
    if holder.hinders:
        parts.append(f"in the way {holder.hindrance.value}")
    return "  ".join(parts)


def _finding_line(finding: Finding) -> str:
    severity = (finding.severity or Severity.INFO).name
    age = ""
    if finding.since is not None and finding.seen_at is not None:
        seconds = finding.seen_at - finding.since
        age = f", for {duration_text(seconds)}" if seconds >= 1 else ""
    return f"{severity} {finding.code} {finding.subject.text}: {finding.summary}{age}"


def _threshold_lines(code: str) -> Iterator[str]:
    rule = next((rule for rule in RULES if rule.code == code), None)
    if rule is not None and rule.thresholds:
        yield f"Thresholds (--set {code}.NAME=VALUE)"
        for threshold in rule.thresholds:
            yield f"  {threshold.name:<24}{threshold.default:<10g}{threshold.help}"


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def incident_object(incident: Incident) -> dict[str, Any]:
    """Write it as a JSON document, schema netinspect.explanation/1."""
    now = incident.window.now
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "taken_at": time_text(now.taken_at),
        "host": host_object(now.host),
        "coverage": coverage_object(build_coverage(now)),
        "errors": [_cause_object(cause) for cause in incident.causes],
    }
    if incident.summary is not None:
        document["log"] = [
            {
                "error": group.first.error.name,
                "towards": group.first.endpoint,
                "count": group.count,
                "first_at": group.first_at,
                "last_at": group.last_at,
            }
            for group in incident.summary.ranked
        ]
    return document


def _cause_object(cause: Cause) -> dict[str, Any]:
    sighting, ranking = cause.sighting, cause.ranking
    return {
        "error": sighting.error.name,
        "meaning": sighting.error.meaning,
        "text": sighting.text,
        "line": sighting.line,
        "runtime": sighting.runtime,
        "address": cause.scope.address,
        "port": cause.scope.port,
        "pid": cause.scope.pid,
        "kernel_evidence": sighting.error.evidence,
        "causes": [
            {
                "code": candidate.code,
                "title": candidate.title,
                "verdict": verdict,
                "for": [_finding_line(finding) for finding in candidate.found],
                "elsewhere": [_finding_line(finding) for finding in candidate.elsewhere],
                "against": candidate.absence,
            }
            for verdict, candidates in (
                ("found", ranking.likely),
                ("possible", ranking.possible),
                ("excluded", ranking.excluded),
            )
            for candidate in candidates
        ],
        "advice": list(sighting.error.advice),
    }
