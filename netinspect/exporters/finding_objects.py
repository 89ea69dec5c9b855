"""Findings and explanations as JSON objects: for `check`, for snapshots."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from netinspect.exporters.json_values import time_text
from netinspect.finding import (
    Evidence,
    Explanation,
    Finding,
    FindingKey,
    Growth,
    Severity,
    Subject,
)
from netinspect.parts import Report


def finding_objects(report: Report) -> list[dict[str, Any]]:
    """Write the findings of a Report in their order, each with its attached explanation."""
    return [finding_object(f, report.explanations.get(f.key)) for f in report.findings]


def orphan_explanations(report: Report) -> list[dict[str, Any]]:
    """Write the attached explanations whose findings are there no more."""
    there = {finding.key for finding in report.findings}
    return [
        {"key": _key_object(key), **explanation_object(explanation)}
        for key, explanation in report.explanations.items()
        if key not in there
    ]


def finding_object(finding: Finding, attached: Explanation | None = None) -> dict[str, Any]:
    """Write a finding."""
    known: dict[str, Any] = {
        "code": finding.code,
        "severity": _severity_name(finding.severity),
        "title": finding.title,
        "summary": finding.summary,
        "subject": _subject_object(finding.subject),
        "evidence": [_evidence_object(evidence) for evidence in finding.evidence],
        "sockets": [str(key) for key in finding.sockets.tolist()],
        "confidence": finding.confidence.value,
        "disproof": finding.disproof,
        "runtime": finding.runtime,
        "since": _time(finding.since),
        "seen_at": _time(finding.seen_at),
        "trend": finding.trend.value if finding.trend else None,
        "time_to_limit": finding.time_to_limit,
        "level": finding.level,
        "limit": finding.limit,
        "hold": finding.hold,
        "critical_hold": finding.critical_hold,
        "growth": _growth_object(finding.growth),
        "causes": [_key_object(key) for key in finding.causes],
    }
    if attached is not None:
        known["attached_explanation"] = explanation_object(attached)
    return known


def explanation_object(explanation: Explanation) -> dict[str, Any]:
    """Write an explanation."""
    return {
        "code": explanation.code,
        "title": explanation.title,
        "subject": explanation.subject,
        "at": _time(explanation.at),
        "sections": [
            {
                "heading": section.heading,
                "blocks": [{"kind": kind.value, "text": text} for kind, text in section.blocks],
            }
            for section in explanation.sections
        ],
    }


def _severity_name(severity: Severity | None) -> str | None:
    return None if severity is None else severity.name.lower()


def _growth_object(growth: Growth | None) -> dict[str, Any] | None:
    if growth is None:
        return None
    return {**asdict(growth), "severity": _severity_name(growth.severity)}


def _subject_object(subject: Subject) -> dict[str, Any]:
    return {
        "kind": subject.kind.value,
        "key": subject.key,
        "text": subject.text,
        "netns": subject.netns or None,
        "pid": subject.pid,
        "start_time": subject.process.start_time if subject.process else None,
        "process": subject.name,
        "unit": subject.unit,
        "container": subject.container,
        "local_addr": subject.local_addr,
        "local_port": subject.local_port,
        "remote_addr": subject.remote_addr,
        "remote_port": subject.remote_port,
        "inferred": subject.inferred,
    }


def _evidence_object(evidence: Evidence) -> dict[str, Any]:
    return {
        "name": evidence.name,
        "value": evidence.value,
        "unit": evidence.unit.value,
        "source": evidence.source,
        "limit": evidence.limit,
    }


def _key_object(key: FindingKey) -> dict[str, str]:
    return {"code": key.code, "subject": key.subject}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else time_text(seconds)
