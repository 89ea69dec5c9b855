"""Ask one rule about Samples written by hand."""

from __future__ import annotations

from netinspect.diagnosis import Judgement
from netinspect.finding import Finding, Scalar
from netinspect.measures.facts import Facts
from netinspect.model import Sample
from netinspect.parts import Rule
from tests.samples import make_window


def check(
    rule: Rule, now: Sample, before: Sample | None = None, **thresholds: float
) -> list[Finding]:
    """Return what a rule sees; thresholds: those that are not the default."""
    judgement = Judgement({rule.code: thresholds})
    return list(rule.check(Facts(make_window(now, before)), judgement.of_rule(rule)))


def values(finding: Finding) -> dict[str, Scalar]:
    """Return its evidence by name."""
    return {evidence.name: evidence.value for evidence in finding.evidence}


def limits(finding: Finding) -> dict[str, float]:
    """Return what its evidence was compared with, by name."""
    return {e.name: e.limit for e in finding.evidence if e.limit is not None}
