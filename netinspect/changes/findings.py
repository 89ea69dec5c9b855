"""Findings: those that came, those that went, and those that are graver, milder, more or less."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from netinspect.changes.changes import Change, Difference, Turn, find_turn, known_differences
from netinspect.changes.notable import is_notable
from netinspect.changes.pair import Pair
from netinspect.finding import Finding, Scalar, Severity, Unit
from netinspect.model import Sample

_LEAST = 0.0
"""A finding is grave already: any number that moves by SHARE counts."""


def compare_findings(pair: Pair) -> Iterator[Change]:
    """Yield what changed of the findings, the gravest of the second moment first."""
    before, after = (window.findings for window in pair.windows)
    pairs = _pair_findings(pair, before, after)
    for new in after:
        old = pairs.get(id(new))
        if old is not None:
            yield from _compare(old, new)
        elif _would_show(pair, new, 0):
            yield _appeared(new, Turn.NEW)
    known = {id(old) for old in pairs.values()}
    for old in before:
        if id(old) not in known and _would_show(pair, old, 1):
            yield _appeared(old, Turn.GONE)


def _would_show(pair: Pair, finding: Finding, side: int) -> bool:
    """Tell whether a side shows what it takes to find something: not so a dump, or without root."""
    there, here = pair.samples[side], pair.samples[1 - side]
    if here.processes and here.namespaces and not (there.processes and there.namespaces):
        return False
    process = there.processes.get(finding.subject.pid or 0)
    return process is None or process.fd_kinds is not None or _is_hidden(here, process.pid)


def _is_hidden(sample: Sample, pid: int) -> bool:
    process = sample.processes.get(pid)
    return process is not None and process.fd_kinds is None


def _pair_findings(
    pair: Pair, before: Sequence[Finding], after: Sequence[Finding]
) -> Mapping[int, Finding]:
    """Give each finding of the second moment, by id(), the one of the first it goes on from.

    By its key; where its socket or process is another now, by what it is about.
    """
    pairs: dict[int, Finding] = {}
    left = list(before)
    for name in (_key, _description) if pair.same_boot else (_description,):
        by_name: dict[Hashable, list[Finding]] = {}
        for old in left:
            by_name.setdefault(name(old), []).append(old)
        for new in after:
            same = by_name.get(name(new))
            if same and id(new) not in pairs:
                pairs[id(new)] = same.pop(0)
        taken = {id(old) for old in pairs.values()}
        left = [old for old in left if id(old) not in taken]
    return pairs


def _key(finding: Finding) -> Hashable:
    return finding.key


def _description(finding: Finding) -> Hashable:
    subject = finding.subject
    ends = (subject.local_addr, subject.local_port, subject.remote_addr, subject.remote_port)
    return finding.code, subject.kind, subject.name, subject.unit, *ends


def _compare(old: Finding, new: Finding) -> Iterator[Change]:
    grades = tuple(known_differences(("severity", _grade(old), _grade(new)), unit=Unit.TEXT))
    levels = tuple(known_differences(("level", old.level, new.level)))
    if not grades and not levels:
        return
    turn = find_turn(levels)
    if grades:
        turn = Turn.GRAVER if _severity(new) > _severity(old) else Turn.MILDER
    summaries = known_differences(("summary", old.summary, new.summary), unit=Unit.TEXT)
    notable = bool(grades) or any(is_notable(value, _LEAST) for value in levels)
    values = (*grades, *levels, *summaries)
    yield Change(turn, _subject(new), values, "", _about(new), notable)


def _appeared(finding: Finding, turn: Turn) -> Change:
    ends = (None, finding.level) if turn is Turn.NEW else (finding.level, None)
    values = () if finding.level is None else (Difference("level", *ends),)
    return Change(turn, _subject(finding), values, finding.summary, _about(finding))


def _severity(finding: Finding) -> Severity:
    return Severity.INFO if finding.severity is None else finding.severity


def _grade(finding: Finding) -> str:
    return _severity(finding).name.lower()


def _subject(finding: Finding) -> str:
    return f"{finding.code} {finding.subject.text}"


def _about(finding: Finding) -> Mapping[str, Scalar]:
    subject = finding.subject
    return {
        "code": finding.code,
        "severity": _grade(finding),
        "title": finding.title,
        "kind": subject.kind.value,
        "pid": subject.pid,
        "process": subject.name,
        "unit": subject.unit,
    }
