"""A recognised error → the causes it can have, ranked by what this host shows for and against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netinspect.absence import describe_absence
from netinspect.errortexts.classes import ErrorClass
from netinspect.finding import Finding, Severity
from netinspect.measures.facts import Facts
from netinspect.rules import RULES, port_in_use

_TITLES = {rule.code: rule.title for rule in RULES}


@dataclass(frozen=True, slots=True)
class Scope:
    """What an error or the user says about where to look; None = not said."""

    pid: int | None = None
    port: int | None = None  # local or remote
    address: str | None = None

    @property
    def narrow(self) -> bool:
        """Tell whether anything is said."""
        return (self.pid, self.port, self.address) != (None, None, None)

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is about what is meant, as far as both say."""
        subject = finding.subject
        if self.pid is not None and subject.pid not in (None, self.pid):
            return False
        ports = {subject.local_port, subject.remote_port} - {None}
        if self.port is not None and ports and self.port not in ports:
            return False
        addresses = {subject.remote_addr, subject.local_addr} - {None, "*", "0.0.0.0", "::"}
        return self.address is None or not addresses or self.address in addresses


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cause an error can have.

    found: findings that show it where the error happened; elsewhere: on other subjects. absence:
    what this host shows against it, None where nothing can be said.
    """

    code: str
    title: str
    found: tuple[Finding, ...]
    elsewhere: tuple[Finding, ...]
    absence: str | None

    @property
    def grade(self) -> int:
        """Rank by what is there: 3 critical, 2 warning, 1 info, 0 nothing."""
        worst = max((f.severity for f in self.found if f.severity is not None), default=None)
        return 0 if worst is None else worst - Severity.INFO + 1


@dataclass(frozen=True, slots=True)
class Ranking:
    """Causes with evidence first, then those not excluded, then those excluded."""

    likely: tuple[Candidate, ...]
    possible: tuple[Candidate, ...]  # no evidence for them, none against
    excluded: tuple[Candidate, ...]


def rank_candidates(
    error: ErrorClass, scope: Scope, facts: Facts, findings: Sequence[Finding]
) -> Ranking:
    """Rank the causes of an error; within one grade the usual order stays."""
    candidates = list(_candidates(error, scope, facts, findings))
    likely = sorted((c for c in candidates if c.found), key=lambda c: -c.grade)
    rest = [candidate for candidate in candidates if not candidate.found]
    return Ranking(
        tuple(likely),
        tuple(candidate for candidate in rest if candidate.absence is None),
        tuple(candidate for candidate in rest if candidate.absence is not None),
    )


def _candidates(
    error: ErrorClass, scope: Scope, facts: Facts, findings: Sequence[Finding]
) -> Iterator[Candidate]:
    for code in error.codes:
        if code == port_in_use.CODE and scope.port is not None:
            on_port = port_in_use.find_port_in_use(facts, scope.port)
            yield Candidate(code, port_in_use.TITLE, _in_way(on_port), (), _free(on_port))
        if code not in _TITLES:
            continue
        of_code = [finding for finding in findings if finding.code == code]
        found = tuple(finding for finding in of_code if scope.covers(finding))
        elsewhere = tuple(finding for finding in of_code if finding not in found)
        absence = None if found else describe_absence(code, facts, scope.port, scope.pid)
        yield Candidate(code, _TITLES[code], found, elsewhere, absence)


def _in_way(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is not Severity.INFO)


def _free(findings: Sequence[Finding]) -> str | None:
    return None if _in_way(findings) or not findings else findings[0].summary
