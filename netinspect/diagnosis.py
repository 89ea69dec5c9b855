"""What rules see in each Window → the findings that are told: held, followed, released, linked.

Pure: a History and a Window make the next History and its findings, so that a recording gives the
same findings as the live host did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from netinspect.causes import link_causes
from netinspect.course import Course
from netinspect.finding import Finding, FindingKey
from netinspect.measures.facts import Facts
from netinspect.measures.listened import Memory, remember_listeners
from netinspect.model import Window
from netinspect.parts import Rule
from netinspect.rules import RULES

_RELEASE = 2


@dataclass(frozen=True, slots=True)
class Silence:
    """Findings that are not told: shell patterns for code and subject text."""

    code: str
    subject: str = "*"

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is meant."""
        return fnmatchcase(finding.code, self.code) and fnmatchcase(
            finding.subject.text, self.subject
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """How to judge.

    thresholds: by code and name, those that differ from the default. patience: how many Samples
    there will be at most; no finding needs to hold for longer. None = they go on. release: Samples
    in which a finding must be gone, or milder, before that is told.
    """

    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    patience: int | None = None
    release: int = _RELEASE

    def of_rule(self, rule: Rule) -> dict[str, float]:
        """Return all thresholds of a rule by name."""
        default = {threshold.name: threshold.default for threshold in rule.thresholds}
        return default | dict(self.thresholds.get(rule.code, {}))

    def silenced(self, finding: Finding) -> bool:
        """Tell whether nobody wants to hear of a finding."""
        return any(silence.covers(finding) for silence in self.silences)


@dataclass(frozen=True, slots=True)
class History:
    """What the Samples so far showed of each finding.

    listened: ports that had a listener; None before the first Sample.
    """

    courses: Mapping[FindingKey, Course] = field(default_factory=dict)
    silenced: int = 0  # findings of the last Window that were not told
    listened: Memory | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings told for one Window, and what to remember for the next."""

    findings: tuple[Finding, ...]
    history: History


def diagnose(
    window: Window,
    history: History = History(),
    judgement: Judgement = Judgement(),
    rules: Sequence[Rule] = RULES,
) -> Diagnosis:
    """Judge a Window. Causes come before what they cause, the gravest chain first."""
    facts = Facts(window, history.listened)
    seen: dict[FindingKey, Finding] = {}
    silenced = 0
    for rule in rules:
        for finding in rule.check(facts, judgement.of_rule(rule)):
            if judgement.silenced(finding):
                silenced += 1
            else:
                titled = replace(finding, title=rule.title)
                seen[finding.key] = _graver(seen.get(finding.key), titled)
    courses = _follow(window, history.courses, seen, judgement)
    told = [told for course in courses.values() if (told := course.told()) is not None]
    listened = remember_listeners(facts.listened, window.now)
    return Diagnosis(link_causes(told), History(courses, silenced, listened))


def _graver(one: Finding | None, other: Finding) -> Finding:
    if one is None:
        return other
    return max(one, other, key=lambda finding: -1 if finding.severity is None else finding.severity)


def _follow(
    window: Window,
    before: Mapping[FindingKey, Course],
    seen: Mapping[FindingKey, Finding],
    judgement: Judgement,
) -> dict[FindingKey, Course]:
    now, patience, release = window.now, judgement.patience, judgement.release
    courses: dict[FindingKey, Course] = {}
    for key, finding in seen.items():
        course = before.get(key) or Course.begin(finding, now.taken_at)
        courses[key] = course.seen(finding, now.taken_at, now.monotonic, patience, release)
    for key, course in before.items():
        if key not in seen and not _is_gone(course.finding, window):
            missed = course.missed_one(release)
            if missed.shown is not None:
                courses[key] = missed
    return courses


def _is_gone(finding: Finding, window: Window) -> bool:
    """Tell whether the process a finding is about has ended."""
    process = finding.subject.process
    if process is None:
        return False
    alive = window.now.processes.get(process.pid)
    return alive is None or alive.key != process
