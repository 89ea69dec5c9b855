"""Findings and explanations of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.json_object import JsonObject
from netinspect.finding import (
    Block,
    BlockKind,
    Confidence,
    Evidence,
    Explanation,
    Finding,
    FindingKey,
    Growth,
    ProcessKey,
    Scalar,
    Section,
    Severity,
    Subject,
    SubjectKind,
    Trend,
    Unit,
)
from netinspect.model import UNKNOWN
from netinspect.snapshots.values import read_figure, read_time, safe, text_or_none

_Kind = TypeVar("_Kind", bound=Enum)

_SEVERITIES = {severity.name.lower(): severity for severity in Severity}


def parse_findings(document: JsonObject) -> tuple[Finding, ...]:
    """Build the findings, in their order."""
    return tuple(_finding(one) for one in document.children("findings"))


def parse_explanations(
    document: JsonObject, findings: Sequence[Finding]
) -> dict[FindingKey, Explanation]:
    """Build what is attached: to these findings, and to others that are there no more."""
    attached = {
        finding.key: _explanation(one.child("attached_explanation"))
        for finding, one in zip(findings, document.children("findings"), strict=True)
        if one.value("attached_explanation") is not None
    }
    for one in document.children("attached_explanations"):
        attached[_key(one.child("key"))] = _explanation(one)
    return attached


def _finding(one: JsonObject) -> Finding:
    return Finding(
        code=safe(one, "code"),
        severity=_severity(one),
        subject=_subject(one.child("subject")),
        summary=safe(one, "summary"),
        evidence=tuple(map(_evidence, one.children("evidence"))),
        disproof=safe(one, "disproof"),
        level=read_figure(one, "level"),
        limit=read_figure(one, "limit"),
        hold=one.count("hold") or 1,
        critical_hold=one.count("critical_hold"),
        growth=_growth(one),
        confidence=_member(one, "confidence", Confidence),
        sockets=_keys(one),
        runtime=text_or_none(one, "runtime"),
        title=safe(one, "title"),
        since=read_time(one, "since"),
        seen_at=read_time(one, "seen_at"),
        trend=None if one.value("trend") is None else _member(one, "trend", Trend),
        time_to_limit=read_figure(one, "time_to_limit"),
        causes=tuple(map(_key, one.children("causes"))),
    )


def _severity(one: JsonObject) -> Severity | None:
    name = one.text("severity")
    if name is not None and name not in _SEVERITIES:
        one.fail("severity", f"one of {', '.join(_SEVERITIES)}")
    return None if name is None else _SEVERITIES[name]


def _growth(one: JsonObject) -> Growth | None:
    if one.value("growth") is None:
        return None
    growth = one.child("growth")
    severity, seconds = _severity(growth), read_figure(growth, "seconds")
    if severity is None or seconds is None:
        one.fail("growth", "whole")
    return Growth(severity, seconds, read_figure(growth, "time_to_limit"))


def _subject(one: JsonObject) -> Subject:
    pid, start = one.count("pid"), one.number("start_time")
    return Subject(
        kind=_member(one, "kind", SubjectKind),
        key=safe(one, "key"),
        text=safe(one, "text"),
        netns=one.count("netns") or 0,
        process=None if pid is None else ProcessKey(pid, UNKNOWN if start is None else start),
        name=text_or_none(one, "process"),
        unit=text_or_none(one, "unit"),
        container=text_or_none(one, "container"),
        local_addr=text_or_none(one, "local_addr"),
        local_port=one.count("local_port"),
        remote_addr=text_or_none(one, "remote_addr"),
        remote_port=one.count("remote_port"),
        inferred=one.value("inferred") is True,
    )


def _evidence(one: JsonObject) -> Evidence:
    value: Scalar = one.scalar("value")
    return Evidence(
        name=safe(one, "name"),
        value=safe(one, "value") if isinstance(value, str) else value,
        unit=_member(one, "unit", Unit),
        source=safe(one, "source"),
        limit=read_figure(one, "limit"),
    )


def _explanation(one: JsonObject) -> Explanation:
    return Explanation(
        code=safe(one, "code"),
        title=safe(one, "title"),
        subject=safe(one, "subject"),
        at=read_time(one, "at"),
        sections=tuple(map(_section, one.children("sections"))),
    )


def _section(one: JsonObject) -> Section:
    blocks = one.children("blocks")
    return Section(
        safe(one, "heading"),
        tuple(Block(_member(block, "kind", BlockKind), safe(block, "text")) for block in blocks),
    )


def _key(one: JsonObject) -> FindingKey:
    return FindingKey(safe(one, "code"), safe(one, "subject"))


def _keys(one: JsonObject) -> NDArray[np.uint64]:
    texts = one.value("sockets")
    if texts is None:
        return np.zeros(0, np.uint64)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        one.fail("sockets", "a list of keys")
    if not all(text.isascii() and text.isdigit() and len(text) <= 20 for text in texts):
        one.fail("sockets", "a list of numbers as text")
    numbers = list(map(int, texts))
    if max(numbers, default=0) >> 64:
        one.fail("sockets", "a list of numbers of 64 bits")
    return np.array(numbers, np.uint64)


def _member(one: JsonObject, name: str, kind: type[_Kind]) -> _Kind:
    try:
        return kind(one.text(name))
    except ValueError:
        one.fail(name, f"one of {', '.join(repr(member.value) for member in kind)}")
