"""A recognised error → the causes it can have, ranked by what this host shows for and against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from netinspect.absence import Absence, describe_absence, is_elsewhere, qualify
from netinspect.asked import find_no_listener, find_on_port
from netinspect.errortexts.error_class import ErrorClass
from netinspect.finding import Finding, FindingKey, Severity
from netinspect.measures.facts import Facts
from netinspect.rules import RULES, connection_refused, port_in_use, resets
from netinspect.scope import Fit, Scope

_TITLES = {**{rule.code: rule.title for rule in RULES}, port_in_use.CODE: port_in_use.TITLE}


class Verdict(Enum):
    """What this host shows of a cause."""

    FOUND = "found"
    UNSEEN = "unseen"  # nothing of it now; it may have been, or be at the other side
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cause an error can have.

    found: findings that show it where the error happened, those that name the place first.
    elsewhere: on other subjects. absence: what speaks against it, None where nothing is known.
    fit: of the best finding. follows: codes of this ranking that it is a consequence of.
    """

    code: str
    title: str
    verdict: Verdict
    found: tuple[Finding, ...] = ()
    elsewhere: tuple[Finding, ...] = ()
    absence: Absence | None = None
    fit: Fit = Fit.ELSEWHERE
    follows: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """Return how bad the worst of what was found is."""
        return max((f.severity or Severity.INFO for f in self.found), default=Severity.INFO)


def rank_candidates(
    error: ErrorClass, scope: Scope, facts: Facts, findings: Sequence[Finding]
) -> tuple[Candidate, ...]:
    """Rank the causes of an error: found ones, those that cannot be seen now, excluded ones.

    A finding that names the place goes before others, a grave one before a mild one, a cause
    before what it causes; otherwise the usual order stays.
    """
    candidates = [
        judge_code(code, scope, facts, findings) for code in error.codes if code in _TITLES
    ]
    candidates = [_only_beside(one, error.beside, findings) for one in candidates]
    candidates += _causes_behind(candidates, scope, facts, findings)
    found = [one for one in candidates if one.verdict is Verdict.FOUND]
    found.sort(key=lambda one: (_is_setting(one), -one.fit, -one.severity))
    rest = [one for one in candidates if one.verdict is not Verdict.FOUND]
    rest.sort(key=lambda one: one.verdict is Verdict.EXCLUDED)
    return (*_roots_first(found), *rest)


def judge_code(code: str, scope: Scope, facts: Facts, findings: Sequence[Finding]) -> Candidate:
    """Tell what this host shows of one anomaly where the scope says."""
    of_code = [finding for finding in findings if finding.code == code]
    if code == port_in_use.CODE:
        return _judge_port(scope, facts)
    absence = describe_absence(code, facts, scope)
    if code == connection_refused.CODE:
        asked, listening = find_no_listener(facts, scope)
        of_code = [*asked, *of_code]
        absence = listening or absence
        if listening is not None and listening.excludes:
            return _told(code, Verdict.EXCLUDED, elsewhere=of_code, absence=listening)
    fits = {finding.key: scope.fit(finding) for finding in of_code}
    found = [finding for finding in of_code if fits[finding.key] is not Fit.ELSEWHERE]
    if found and not is_elsewhere(code, scope):
        found.sort(key=lambda finding: -fits[finding.key])
        return _told(code, Verdict.FOUND, found, of_code, None, max(fits.values()))
    excluded = absence is not None and absence.excludes
    verdict = Verdict.EXCLUDED if excluded else Verdict.UNSEEN
    return _told(code, verdict, elsewhere=of_code, absence=absence)


def _told(
    code: str,
    verdict: Verdict,
    found: Sequence[Finding] = (),
    elsewhere: Iterable[Finding] = (),
    absence: Absence | None = None,
    fit: Fit = Fit.ELSEWHERE,
) -> Candidate:
    shown = {finding.key for finding in found}
    others = tuple(finding for finding in elsewhere if finding.key not in shown)
    return Candidate(code, _TITLES[code], verdict, tuple(found), others, absence, fit)


def _judge_port(scope: Scope, facts: Facts) -> Candidate:
    """Look at the port itself: who has it is told by no rule."""
    code = port_in_use.CODE
    if scope.port is None:
        return _told(code, Verdict.UNSEEN, absence=Absence("the port is not known: add --port N"))
    on_port = find_on_port(facts, scope)
    in_way = [finding for finding in on_port if finding.severity is not Severity.INFO]
    if in_way:
        return _told(code, Verdict.FOUND, in_way, fit=Fit.EXACT)
    absence = qualify(Absence(on_port[0].summary, True), facts, scope)
    return _told(code, Verdict.EXCLUDED if absence.excludes else Verdict.UNSEEN, absence=absence)


def _only_beside(
    candidate: Candidate, beside: Mapping[str, str], findings: Sequence[Finding]
) -> Candidate:
    """Keep what was found only on processes that show the anomaly it must stand beside."""
    needed = beside.get(candidate.code)
    if needed is None or candidate.verdict is not Verdict.FOUND:
        return candidate
    processes = {finding.subject.process for finding in findings if finding.code == needed}
    found = [f for f in candidate.found if f.subject.process in processes - {None}]
    verdict = Verdict.FOUND if found else Verdict.UNSEEN
    others = (*candidate.found, *candidate.elsewhere)
    return _told(candidate.code, verdict, found, others, None, candidate.fit)


def _causes_behind(
    candidates: Sequence[Candidate], scope: Scope, facts: Facts, findings: Sequence[Finding]
) -> Iterator[Candidate]:
    """Find what caused the findings and is not among the usual causes of the error."""
    codes = {candidate.code for candidate in candidates}
    by_key = {finding.key: finding for finding in findings}
    behind: dict[str, list[Finding]] = {}
    for key in (k for one in candidates for finding in one.found for k in finding.causes):
        if key.code not in codes and key in by_key:
            behind.setdefault(key.code, []).append(by_key[key])
    for code, found in behind.items():
        unique = list({finding.key: finding for finding in found}.values())
        yield _told(code, Verdict.FOUND, unique, fit=max(map(scope.fit, unique)))


def _roots_first(found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Put each cause right before the first of what it causes; settings stay where they are."""
    place: Mapping[FindingKey, Candidate] = {f.key: one for one in found for f in one.found}
    told: set[str] = set()
    for candidate in found:
        keys = [key for finding in candidate.found for key in _causes(finding, found)]
        chain = [place[key] for key in keys if key in place and not _is_setting(place[key])]
        for one in (*reversed(chain), candidate):
            if one.code not in told:
                told.add(one.code)
                yield _with_follows(one, found, place)


def _with_follows(
    candidate: Candidate, found: Sequence[Candidate], place: Mapping[FindingKey, Candidate]
) -> Candidate:
    nearest = [key for finding in candidate.found for key in _causes(finding, found)[:1]]
    codes = dict.fromkeys(key.code for key in nearest if key in place)
    return replace(candidate, follows=tuple(codes))


def _is_setting(candidate: Candidate) -> bool:
    return candidate.code.startswith("config-")


def _causes(finding: Finding, found: Sequence[Candidate]) -> tuple[FindingKey, ...]:
    """Return what caused a finding, nearest first.

    Resets that came are this host's own where it sent as many: both ends are here then.
    """
    own, came = finding.value("own_resets"), finding.value("resets")
    if finding.code != resets.PEER or not isinstance(own, int) or not isinstance(came, int):
        return finding.causes
    if own < came:
        return finding.causes
    sent = (f.key for one in found for f in one.found if one.code in (resets.UNREAD, resets.LINGER))
    return (*finding.causes, *sent)
