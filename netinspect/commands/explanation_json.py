"""What `explain` tells as one JSON document, schema netinspect.explanation/1."""

from __future__ import annotations

from typing import Any

from netinspect.candidates import Candidate
from netinspect.commands.code_text import Answer
from netinspect.commands.incident import Cause, Incident
from netinspect.errortexts.summary import LogSummary
from netinspect.explanations import explain_code, explain_finding
from netinspect.exporters.finding_objects import explanation_object, finding_object
from netinspect.exporters.json_values import coverage_object, host_object, time_text
from netinspect.measures.port_holders import PortHolder, find_port_holders
from netinspect.model import Proto, Window
from netinspect.report import build_coverage
from netinspect.rules import port_in_use

SCHEMA = "netinspect.explanation/1"


def incident_object(incident: Incident) -> dict[str, Any]:
    """Write what a text means."""
    document = _head(incident.window)
    document["lines"] = incident.lines
    document["log"] = _log_objects(incident.summary)
    document["errors"] = [_cause_object(cause, incident.window) for cause in incident.causes]
    return document


def answer_object(answer: Answer) -> dict[str, Any]:
    """Write what a code means."""
    candidate = answer.candidate
    document = _head(answer.window)
    document["cause"] = _candidate_object(candidate)
    document["explanations"] = [
        explanation_object(explain_finding(finding)) for finding in answer.findings
    ] or [explanation_object(explain_code(candidate.code))]
    document["thresholds"] = [
        {"name": one.name, "default": one.default, "help": one.help} for one in answer.thresholds
    ]
    if candidate.code == port_in_use.CODE and answer.scope.port is not None:
        document["holders"] = _holder_objects(answer.window, answer.scope.port, Proto.TCP)
    return document


def _head(window: Window) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "taken_at": time_text(window.now.taken_at),
        "host": host_object(window.now.host),
        "coverage": coverage_object(build_coverage(window.now)),
    }


def _log_objects(summary: LogSummary) -> list[dict[str, Any]]:
    return [
        {
            "error": group.first.error.name,
            "towards": group.first.towards,
            "count": group.count,
            "first_at": group.first_at,
            "last_at": group.last_at,
        }
        for group in summary.ranked
    ]


def _cause_object(cause: Cause, window: Window) -> dict[str, Any]:
    sighting, scope = cause.sighting, cause.scope
    known: dict[str, Any] = {
        "error": sighting.error.name,
        "meaning": sighting.error.meaning,
        "text": sighting.text,
        "line": sighting.line,
        "runtime": sighting.runtime,
        "address": scope.address,
        "port": scope.port,
        "pid": scope.pid,
        "kernel_evidence": not sighting.error.unseen,
        "causes": [_candidate_object(candidate) for candidate in cause.candidates],
        "advice": list(cause.advice),
    }
    if port_in_use.CODE in sighting.error.codes and scope.port is not None:
        proto = Proto.UDP if sighting.udp else Proto.TCP
        known["holders"] = _holder_objects(window, scope.port, proto)
    return known


def _candidate_object(candidate: Candidate) -> dict[str, Any]:
    return {
        "code": candidate.code,
        "title": candidate.title,
        "verdict": candidate.verdict.value,
        "for": [finding_object(finding) for finding in candidate.found],
        "elsewhere": [finding_object(finding) for finding in candidate.elsewhere],
        "against": candidate.absence.text if candidate.absence else None,
        "fit": candidate.fit.name.lower() if candidate.found else None,
        "because_of": list(candidate.follows),
    }


def _holder_objects(window: Window, port: int, proto: Proto) -> list[dict[str, Any]]:
    return [_holder_object(one, window) for one in find_port_holders(window.now, port, proto=proto)]


def _holder_object(holder: PortHolder, window: Window) -> dict[str, Any]:
    return {
        "role": holder.role.value,
        "local": holder.local,
        "remote": holder.remote,
        "hinders": holder.hindrance.value,
        "processes": [{"pid": one.pid, "process": one.name} for one in holder.processes],
        "uid": holder.uid,
        "seconds_left": holder.seconds_left,
        "inferred": holder.inferred,
        "inherited": holder.mixed,
        "socket": str(int(window.now.sockets.key[holder.row])),
    }
